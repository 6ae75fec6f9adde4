package org.dlpack4j.importing;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** How often each of the codes was found. */
final class CodeCounts<C extends Enum<C>> {

  private final Class<C> type;
  private final AtomicLongArray counts;

  CodeCounts(Class<C> type) {
    this.type = type;
    this.counts = new AtomicLongArray(type.getEnumConstants().length);
  }

  void increment(C code) {
    counts.incrementAndGet(index(code));
  }

  @SuppressWarnings("EnumOrdinal") // Kept in this class alone.
  private int index(C code) {
    return code.ordinal();
  }

  /** Only codes that were found. */
  Map<C, Long> counts() {
    Map<C, Long> found = new EnumMap<>(type);
    for (C code : type.getEnumConstants()) {
      long count = counts.get(index(code));
      if (count != 0) {
        found.put(code, count);
      }
    }
    return found;
  }
}
