package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.it.RudeConsumer;

/** Little tensors, given away, whose releases are counted one by one. Every other owner blocks. */
public final class CountedExports {

  static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Never freed, so that any number of tensors may lie on it. */
  static final MemorySegment ONES = Arena.global().allocateFrom(JAVA_DOUBLE, 1, 1, 1, 1);

  static final TensorView VIEW = TensorView.of(ONES, DataType.FLOAT64, 2, 2);

  private final long[] addresses;
  private final List<Owner> owners = new ArrayList<>();
  private final AtomicIntegerArray releases;

  private CountedExports(int count) {
    this.addresses = new long[count];
    this.releases = new AtomicIntegerArray(count);
  }

  public static CountedExports of(int count, Flavour flavour) {
    CountedExports exports = new CountedExports(count);
    for (int i = 0; i < count; i++) {
      Owner owner = exports.newOwner(i);
      exports.owners.add(owner);
      exports.addresses[i] = export(owner, flavour).transferOutAddress();
    }
    return exports;
  }

  static ExportedTensor export(Owner owner, Flavour flavour) {
    return flavour == Flavour.VERSIONED
        ? TensorExporter.export(VIEW, owner)
        : TensorExporter.exportLegacy(VIEW, owner);
  }

  private Owner newOwner(int index) {
    Runnable release = () -> releases.incrementAndGet(index);
    return index % 2 == 0 ? Owner.nonBlocking(release) : release::run;
  }

  /** Exports a tensor over one owner, deletes it, and waits until the owner has been let go. */
  static void exportDeleteAndAwait(TensorView view, Owner owner) throws InterruptedException {
    RudeConsumer.delete(TensorExporter.export(view, owner).transferOutAddress(), Flavour.VERSIONED);
    Expect.that("expected a release within " + PATIENCE, Exports.awaitReleased(owner, PATIENCE));
  }

  /** Waits until whatever has been deleted so far is released, whoever releases it. */
  static void awaitNothingPending() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (Exports.statistics().pending() > 0) {
      Expect.that("expected all releases within " + PATIENCE, System.nanoTime() < deadline);
      Exports.releasePending();
      Thread.onSpinWait();
    }
  }

  public long[] addresses() {
    return addresses;
  }

  /** Waits until every owner has been let go, and fails unless each was released just once. */
  void expectEachReleasedOnce() throws InterruptedException {
    expectAllLetGo();
    for (int i = 0; i < addresses.length; i++) {
      Expect.equal("releases of tensor " + i, 1, releases.get(i));
    }
  }

  /** Waits until every owner has been let go, even if its release came to nothing. */
  void expectAllLetGo() throws InterruptedException {
    for (int i = 0; i < addresses.length; i++) {
      boolean released = Exports.awaitReleased(owners.get(i), PATIENCE);
      Expect.that("tensor " + i + ": expected a release within " + PATIENCE, released);
    }
  }

  int totalReleases() {
    int total = 0;
    for (int i = 0; i < addresses.length; i++) {
      Expect.atMost("releases of tensor " + i, 1, releases.get(i));
      total += releases.get(i);
    }
    return total;
  }
}
