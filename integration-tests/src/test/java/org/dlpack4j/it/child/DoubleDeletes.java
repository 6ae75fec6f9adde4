package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.it.RudeConsumer;

/** Calls deleters more than once, in turn and at the same time. */
public final class DoubleDeletes {

  private static final int TENSORS = 20;
  private static final int THREADS = 8;

  private long expected;

  private DoubleDeletes() {}

  public static void main(String[] args) throws InterruptedException {
    DoubleDeletes deletes = new DoubleDeletes();
    for (Flavour flavour : Flavour.values()) {
      deletes.ofJavaOwners(flavour);
      deletes.ofNativeOwner(flavour);
    }
  }

  private void ofJavaOwners(Flavour flavour) throws InterruptedException {
    CountedExports exports = CountedExports.of(2 * TENSORS, flavour);
    long[] tensors = exports.addresses();
    for (int i = 0; i < TENSORS; i++) {
      RudeConsumer.deleteTwice(tensors[2 * i], flavour);
      RudeConsumer.deleteConcurrently(tensors[2 * i + 1], flavour, THREADS);
    }
    exports.expectEachReleasedOnce();
    expectMore(TENSORS + TENSORS * (THREADS - 1));
  }

  private void ofNativeOwner(Flavour flavour) throws InterruptedException {
    MemorySegment counter = Arena.global().allocate(JAVA_LONG);
    Owner owner = Owner.calling(RudeConsumer.function("rude_add_one"), counter);
    long twice = CountedExports.export(owner, flavour).transferOutAddress();
    long often = CountedExports.export(owner, flavour).transferOutAddress();
    RudeConsumer.deleteTwice(twice, flavour);
    RudeConsumer.deleteConcurrently(often, flavour, THREADS);
    Expect.that(
        "expected the native owner to be released",
        Exports.awaitReleased(owner, CountedExports.PATIENCE));
    Expect.equal("releases by C", 2, counter.get(JAVA_LONG, 0));
    expectMore(1 + THREADS - 1);
  }

  private void expectMore(long more) {
    expected += more;
    Expect.equal("double deletes", expected, Exports.statistics().doubleDeletes());
    Expect.equal("live", 0, Exports.statistics().live());
  }
}
