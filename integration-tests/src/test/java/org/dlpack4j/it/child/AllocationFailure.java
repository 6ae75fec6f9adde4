package org.dlpack4j.it.child;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;

/** Exports until the system gives no more memory, and then once it does again. */
public final class AllocationFailure {

  /** Less than what the exporter takes at a time, enough for the JVM's own small needs. */
  private static final long HEADROOM_BYTES = 1 << 20;

  /** Shape and strides of so many dimensions are more than the headroom. */
  private static final int NDIM = 200_000;

  private static final int MOST_TENSORS = 1_000_000;

  private final AtomicInteger releases = new AtomicInteger();
  private final List<ExportedTensor> held = new ArrayList<>();

  private AllocationFailure() {}

  public static void main(String[] args) {
    new AllocationFailure().run();
  }

  private void run() {
    TensorView spilling = TensorView.of(CountedExports.ONES, DataType.FLOAT64, manyOnes());
    warmUp(spilling);
    try (AddressSpace _ = AddressSpace.limitedTo(HEADROOM_BYTES)) {
      exportUntilRefused();
      expectRefused(CountedExports.VIEW);
      expectRefused(spilling);
    }
    held.add(TensorExporter.export(CountedExports.VIEW, Owner.nonBlocking(this::count)));
    held.add(TensorExporter.export(spilling, Owner.nonBlocking(this::count)));
    closeAll();
  }

  private static long[] manyOnes() {
    long[] ones = new long[NDIM];
    Arrays.fill(ones, 1);
    return ones;
  }

  private void count() {
    releases.incrementAndGet();
  }

  /** The code paths of the failure, so that the JVM needs little memory for them later. */
  private void warmUp(TensorView spilling) {
    held.add(TensorExporter.export(spilling, Owner.nonBlocking(this::count)));
    for (int i = 0; i < 1_000; i++) {
      held.add(CountedExports.export(Owner.nonBlocking(this::count), Flavour.VERSIONED));
    }
    closeAll();
  }

  private void exportUntilRefused() {
    Owner owner = Owner.nonBlocking(this::count);
    for (int i = 0; i < MOST_TENSORS; i++) {
      try {
        held.add(TensorExporter.export(CountedExports.VIEW, owner));
      } catch (OutOfMemoryError e) {
        return;
      }
    }
    throw new IllegalStateException("expected exports to be refused but found them unlimited");
  }

  private void expectRefused(TensorView view) {
    long live = Exports.statistics().live();
    SharedOwner shared = Owner.nonBlocking(this::count).shared();
    boolean refused = false;
    try {
      held.add(TensorExporter.export(view, shared));
    } catch (OutOfMemoryError e) {
      refused = true;
    }
    Expect.that("expected the export to be refused for want of memory", refused);
    Expect.equal("references", 1, shared.referenceCount());
    Expect.equal("live", live, Exports.statistics().live());
    Expect.equal("releases", 0, releases.get());
    shared.close();
    Expect.equal("releases", 1, releases.getAndSet(0));
  }

  private void closeAll() {
    int expected = held.size();
    held.forEach(ExportedTensor::close);
    held.clear();
    CountedExports.awaitNothingPending();
    Expect.equal("releases", expected, releases.getAndSet(0));
    Expect.equal("live", 0, Exports.statistics().live());
  }
}
