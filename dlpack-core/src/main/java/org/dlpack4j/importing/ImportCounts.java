package org.dlpack4j.importing;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.dlpack4j.importing.Violation.Code;

/**
 * Counts imports and refusals. What reusable tensors hold is not counted but looked at: they are
 * for those to whom a few nanoseconds matter.
 */
final class ImportCounts {

  private static final LongAdder LIVE = new LongAdder();
  private static final LongAdder BYTES = new LongAdder();
  private static final LongAdder REFUSALS = new LongAdder();
  private static final CodeCounts<Code> VIOLATIONS = new CodeCounts<>(Code.class);
  private static final CodeCounts<TableViolation.Code> TABLE_VIOLATIONS =
      new CodeCounts<>(TableViolation.Code.class);
  private static final Set<ReusableTensor> REUSABLE =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private ImportCounts() {}

  static void begun(long tensors, long bytes) {
    LIVE.add(tensors);
    BYTES.add(bytes);
  }

  static void ended(long tensors, long bytes) {
    LIVE.add(-tensors);
    BYTES.add(-bytes);
  }

  /** A tensor was refused, or a table that has it. */
  static void refused(Set<Code> codes) {
    REFUSALS.increment();
    codes.forEach(VIOLATIONS::increment);
  }

  static void refusedTable(Set<TableViolation.Code> codes, Set<Code> tensorCodes) {
    refused(tensorCodes);
    codes.forEach(TABLE_VIOLATIONS::increment);
  }

  /** From now on its tensors are looked at, for as long as it is reachable. */
  static ReusableTensor watched(ReusableTensor tensor) {
    REUSABLE.add(tensor);
    return tensor;
  }

  static ImportStatistics statistics() {
    Total total = new Total();
    total.add(LIVE.sum(), BYTES.sum());
    synchronized (REUSABLE) {
      REUSABLE.forEach(tensor -> tensor.count(total));
    }
    return new ImportStatistics(
        // What is ended while others are looked at may be seen without its beginning.
        Math.max(total.live, 0),
        Math.max(total.bytes, 0),
        REFUSALS.sum(),
        VIOLATIONS.counts(),
        TABLE_VIOLATIONS.counts(),
        ImportedTensor.LEAKS.count());
  }

  /** A sum in the making. */
  static final class Total {
    private long live;
    private long bytes;

    void add(long moreLive, long moreBytes) {
      live += moreLive;
      bytes += moreBytes;
    }
  }
}
