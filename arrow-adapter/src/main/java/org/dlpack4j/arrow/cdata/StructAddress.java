package org.dlpack4j.arrow.cdata;

/** Addresses of structs, as far as a number can tell. */
final class StructAddress {

  private static final long LOWEST = 4096;
  private static final long ALIGNMENT = 8;

  /** The part of an address space that a process can have, on every processor there is. */
  private static final long MOST_BYTES = 1L << 57;

  private StructAddress() {}

  /** Whether it is in the part of the address space that a process can have. */
  static boolean isPossible(long address) {
    return address >= LOWEST && address <= Long.MAX_VALUE - LOWEST;
  }

  static boolean isAligned(long address) {
    return address % ALIGNMENT == 0;
  }

  /**
   * Whether values can lie behind an address.
   *
   * @param start how many values before the first of them; 0 or more
   * @param count how many, 0 or more
   * @param width bytes of one, 1 or more
   */
  static boolean fits(long address, long start, long count, int width) {
    long most = Math.min(MOST_BYTES, Long.MAX_VALUE - address);
    return start <= most / width - count;
  }

  static void require(long address, String struct) {
    if (!isPossible(address) || !isAligned(address)) {
      throw new IllegalArgumentException(
          "%s: expected the address of a struct, a multiple of %d, but found 0x%x"
              .formatted(struct, ALIGNMENT, address));
    }
  }
}
