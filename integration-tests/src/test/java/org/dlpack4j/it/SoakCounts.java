package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import org.dlpack4j.Owner;

/** What a soak has exported, and what came back; and the owners that count it. */
final class SoakCounts {

  private final LongAdder exported = new LongAdder();
  private final LongAdder releasedByJava = new LongAdder();
  private final MemorySegment releasedByC = Arena.global().allocate(JAVA_LONG);

  final Owner nonBlocking = Owner.nonBlocking(releasedByJava::increment);
  final Owner blocking = releasedByJava::increment;
  final Owner inC = Owner.calling(RudeConsumer.function("rude_add_one"), releasedByC);

  void countExports(long more) {
    exported.add(more);
  }

  /** Memory that several exports share counts as one. */
  Owner newShared() {
    return Owner.nonBlocking(releasedByJava::increment);
  }

  long exported() {
    return exported.sum();
  }

  long released() {
    return releasedByJava.sum() + releasedByC.get(JAVA_LONG, 0);
  }

  @Override
  public String toString() {
    return "owners taken "
        + exported()
        + ", released by Java "
        + releasedByJava.sum()
        + ", by C "
        + releasedByC.get(JAVA_LONG, 0);
  }
}
