package org.dlpack4j.cudf;

import java.util.concurrent.atomic.LongAdder;

/** What RMM does not say of the memory that crosses. */
public final class CudfMemory {

  static final LongAdder ADOPTED = new LongAdder();
  static final LongAdder EXPORTED = new LongAdder();
  static final LongAdder FAILED = new LongAdder();

  private CudfMemory() {}

  /**
   * What is held of others, and by others.
   *
   * @return the numbers now
   */
  public static CudfStatistics statistics() {
    return new CudfStatistics(ADOPTED.sum(), EXPORTED.sum(), FAILED.sum());
  }
}
