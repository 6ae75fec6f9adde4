package org.dlpack4j.arrow.cdata;

/** Addresses of structs, as far as a number can tell. */
final class StructAddress {

  private static final long LOWEST = 4096;
  private static final long ALIGNMENT = 8;

  private StructAddress() {}

  /** Whether it is in the part of the address space that a process can have. */
  static boolean isPossible(long address) {
    return address >= LOWEST && address <= Long.MAX_VALUE - LOWEST;
  }

  static boolean isAligned(long address) {
    return address % ALIGNMENT == 0;
  }

  static void require(long address, String struct) {
    if (!isPossible(address) || !isAligned(address)) {
      throw new IllegalArgumentException(
          "%s: expected the address of a struct, a multiple of %d, but found 0x%x"
              .formatted(struct, ALIGNMENT, address));
    }
  }
}
