package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.arrow.cdata.ArrayPlanner.Window;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.jspecify.annotations.Nullable;

/** Decides what the buffers of one vector are. */
final class BufferPlanner {

  private final Findings findings;
  private final Window window;
  private final List<Piece> pieces = new ArrayList<>(Layout.MOST_USUAL_BUFFERS);
  private boolean sound = true;
  private long lastOffset;

  BufferPlanner(Findings findings, Window window) {
    this.findings = findings;
    this.window = window;
  }

  /** In Arrow Java's order; null if they cannot be, which has been said then. */
  @Nullable List<Piece> pieces() {
    Layout layout = window.schema().layout();
    if (layout.kind().hasValidity) {
      planValidity();
    }
    switch (layout.kind()) {
      case BITS -> planBits(1);
      case FIXED -> planValues(1, layout.width());
      case VARIABLE -> {
        if (planOffsets()) {
          planBytes(lastOffset);
        }
      }
      case VIEW -> planViews();
      case LIST -> planOffsets();
      case LIST_VIEW -> {
        planValues(1, layout.width());
        planValues(2, layout.width());
      }
      case SPARSE_UNION -> planTypeIds();
      case DENSE_UNION -> {
        planValues(0, Byte.BYTES);
        planValues(1, Integer.BYTES);
      }
      case NULL, FIXED_LIST, STRUCT, RUN_END -> {
        // No more than validity.
      }
    }
    return sound ? pieces : null;
  }

  /** Where the values of a list, or the bytes of text, end; 0 where there are none. */
  long lastOffset() {
    return lastOffset;
  }

  /** Nothing is copied if there are no nulls, wherever the bits begin. */
  private void planValidity() {
    if (window.nullCount() == 0 || (window.buffer(0) == 0 && window.array().nullCount() <= 0)) {
      pieces.add(new Piece.Ones(window.count()));
    } else {
      planBits(0);
    }
  }

  private void planBits(int index) {
    int count = window.count();
    if (needsNothing(index) || !fits(index, window.start() >> 3, (count >> 3) + 2L, 1)) {
      return;
    }
    long address = window.buffer(index) + (window.start() >> 3);
    int firstBit = (int) (window.start() & 7);
    pieces.add(
        firstBit == 0
            ? new Piece.Slice(address, (count + 7L) >> 3)
            : new Piece.Bits(address, firstBit, count));
  }

  private void planValues(int index, int width) {
    if (!needsNothing(index) && fits(index, window.start(), window.count(), width)) {
      pieces.add(
          new Piece.Slice(
              window.buffer(index) + window.start() * width, (long) window.count() * width));
    }
  }

  private void planTypeIds() {
    byte[] ids = window.schema().typeIds();
    if (needsNothing(0) || !fits(0, window.start(), window.count(), 1)) {
      return;
    }
    long address = window.buffer(0) + window.start();
    pieces.add(
        ids == null || isIdentity(ids)
            ? new Piece.Slice(address, window.count())
            : new Piece.TypeIds(address, window.count(), ids));
  }

  private static boolean isIdentity(byte[] ids) {
    for (int id = 0; id < ids.length; id++) {
      if (ids[id] >= 0 && ids[id] != id) {
        return false;
      }
    }
    return true;
  }

  /** Also whether they are sound. */
  private boolean planOffsets() {
    int width = window.schema().layout().width();
    if (window.count() == 0) {
      pieces.add(new Piece.Zeros(width));
      return true;
    }
    if (needsNothing(1) || !fits(1, window.start(), window.count() + 1L, width)) {
      return false;
    }
    long first = window.offset(0);
    long last = window.offset(window.count());
    if (first < 0 || last < first) {
      String found = "%d for the first and %d for the last".formatted(first, last);
      refuse(Code.MALFORMED_OFFSETS, 1, found, "offsets from 0 that do not decrease");
      return false;
    }
    pieces.add(
        new Piece.Slice(window.buffer(1) + window.start() * width, (window.count() + 1L) * width));
    lastOffset = last;
    return true;
  }

  private void planBytes(long bytes) {
    if (bytes == 0) {
      pieces.add(new Piece.Zeros(0));
    } else if (checkAddress(2) && fits(2, 0, bytes, 1)) {
      pieces.add(new Piece.Slice(window.buffer(2), bytes));
    }
  }

  private void planViews() {
    planValues(1, Layout.VIEW_BYTES);
    int buffers = window.array().buffers().length - Layout.FIXED_VIEW_BUFFERS;
    int sizes = window.array().buffers().length - 1;
    if (buffers == 0 || !checkAddress(sizes)) {
      return;
    }
    for (int i = 0; i < buffers; i++) {
      long bytes = ALL.get(JAVA_LONG_UNALIGNED, window.buffer(sizes) + (long) i * Long.BYTES);
      int index = 2 + i;
      if (bytes < 0) {
        refuse(Code.NEGATIVE, sizes, bytes + " for buffer " + index, "sizes of 0 or more");
      } else if (bytes == 0) {
        pieces.add(new Piece.Zeros(0));
      } else if (checkAddress(index) && fits(index, 0, bytes, 1)) {
        pieces.add(new Piece.Slice(window.buffer(index), bytes));
      }
    }
  }

  /** Without values nobody looks at an address. Also if the address is refused. */
  private boolean needsNothing(int index) {
    if (window.count() == 0) {
      pieces.add(new Piece.Zeros(0));
      return true;
    }
    return !checkAddress(index);
  }

  private boolean checkAddress(int index) {
    long address = window.buffer(index);
    if (address == 0) {
      refuse(Code.NULL_POINTER, index, "NULL", "an address, as there are values");
      return false;
    }
    if (!StructAddress.isPossible(address)) {
      String expected = "an address that a process can have";
      refuse(Code.IMPOSSIBLE_POINTER, index, Findings.hex(address), expected);
      return false;
    }
    return true;
  }

  private boolean fits(int index, long start, long count, int width) {
    if (StructAddress.fits(window.buffer(index), start, count, width)) {
      return true;
    }
    refuse(
        Code.TOO_LARGE,
        index,
        "%d values of %d bytes from %d on".formatted(count, width, start),
        "values within the address space");
    return false;
  }

  private void refuse(Code code, int index, String found, String expected) {
    sound = false;
    findings.add(code, window.path(), "buffers[" + index + "]", found, expected);
  }
}
