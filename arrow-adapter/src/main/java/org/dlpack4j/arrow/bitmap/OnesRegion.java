package org.dlpack4j.arrow.bitmap;

import org.dlpack4j.internal.SystemCalls;
import org.jspecify.annotations.Nullable;

/**
 * Address space with a slot for each of so many bitmaps of one size. A slot is a private mapping of
 * pages of ones: whoever writes to it gets a page of his own.
 *
 * <p>Slots that come back are made clean, many at a time, before they are used again; a system call
 * for each would cost more than all the rest of an import.
 */
final class OnesRegion {

  /** No address. */
  static final long NONE = 0;

  private static final int SLOTS = Long.SIZE;

  /** As many slots may wait with pages of their own. */
  private static final int CLEANED_TOGETHER = 16;

  private static final int PROT_NONE = 0;
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE_NORESERVE = 0x02 | 0x4000;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MADV_DONTNEED = 4;

  private final long start;
  private final long slotBytes;

  /** A bit for each slot that nobody uses, in one of three states. */
  private long unmapped = -1;

  private long clean;
  private long returned;

  private OnesRegion(long start, long slotBytes) {
    this.start = start;
    this.slotBytes = slotBytes;
  }

  /** A region, or null if the system has no such address space. */
  static @Nullable OnesRegion of(long slotBytes) {
    if (slotBytes > Long.MAX_VALUE / SLOTS) {
      return null;
    }
    long start =
        SystemCalls.mmap(
            0, slotBytes * SLOTS, PROT_NONE, MAP_PRIVATE_NORESERVE | MAP_ANONYMOUS, -1);
    return start < 0 ? null : new OnesRegion(start, slotBytes);
  }

  long slotBytes() {
    return slotBytes;
  }

  /** Whether one might have been taken. */
  synchronized boolean hasSlots() {
    return (unmapped | clean | returned) != 0;
  }

  /** The address of a slot of ones, or none if there is no slot left, or no memory to map it. */
  synchronized long take() {
    if (clean == 0 && returned != 0) {
      cleanReturned();
    }
    if (clean == 0 && unmapped != 0) {
      long slot = Long.lowestOneBit(unmapped);
      if (!map(address(slot))) {
        return NONE;
      }
      unmapped -= slot;
      clean = slot;
    }
    long slot = Long.lowestOneBit(clean);
    clean -= slot;
    return slot == 0 ? NONE : address(slot);
  }

  synchronized void giveBack(long address) {
    returned |= 1L << ((address - start) / slotBytes);
    if (Long.bitCount(returned) >= CLEANED_TOGETHER) {
      cleanReturned();
    }
  }

  private long address(long slot) {
    return start + Long.numberOfTrailingZeros(slot) * slotBytes;
  }

  private boolean map(long address) {
    OnesFile.Pages pages = OnesFile.pages(slotBytes);
    if (pages == null) {
      return false;
    }
    for (long from = 0; from < slotBytes; from += pages.bytes()) {
      int flags = MAP_PRIVATE_NORESERVE | MAP_FIXED;
      if (SystemCalls.mmap(address + from, pages.bytes(), PROT_READ_WRITE, flags, pages.fd()) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Gives pages back that were written, by one call for slots side by side. */
  private void cleanReturned() {
    while (returned != 0) {
      int first = Long.numberOfTrailingZeros(returned);
      int count = Long.numberOfTrailingZeros(~(returned >>> first));
      long run = (count == SLOTS ? -1 : (1L << count) - 1) << first;
      returned &= ~run;
      long at = start + first * slotBytes;
      if (SystemCalls.madvise(at, count * slotBytes, MADV_DONTNEED) == 0) {
        clean |= run;
      } else {
        // Such as locked pages; mapping them anew does as well.
        unmapped |= run;
      }
    }
  }
}
