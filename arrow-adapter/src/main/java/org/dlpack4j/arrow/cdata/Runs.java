package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.List;
import org.dlpack4j.arrow.cdata.ArrayPlanner.Window;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;

/**
 * The run ends of an array.
 *
 * @param ends their struct
 * @param width bytes of one
 */
record Runs(ArrayStruct ends, int width) {

  /** Whether they reach to the window's end; only the last is looked at. */
  boolean check(Window window, String path, Findings findings) {
    if (ends.length() >= Integer.MAX_VALUE) {
      String expected = "less than 2^31 - 1, as Arrow Java counts values with an int";
      findings.add(Code.TOO_LARGE, path, "length", ends.length(), expected);
      return false;
    }
    if (ends.nullCount() > 0) {
      findings.add(
          Code.NULLS, path, "null_count", ends.nullCount(), "0, as run ends are never null");
      return false;
    }
    if (window.count() == 0) {
      return true;
    }
    if (!StructAddress.isPossible(ends.buffers()[1])) {
      String found = Findings.hex(ends.buffers()[1]);
      findings.add(Code.NULL_POINTER, path, "buffers[1]", found, "an address of run ends");
      return false;
    }
    if (!StructAddress.fits(ends.buffers()[1], ends.offset(), ends.length(), width)) {
      String expected = "run ends within the address space";
      findings.add(Code.TOO_LARGE, path, "offset", ends.offset(), expected);
      return false;
    }
    long needed = window.start() + window.count();
    long last = ends.length() == 0 ? 0 : at((int) ends.length() - 1);
    if (last < needed) {
      String expected =
          "%d or more at the last, as its array has offset + length".formatted(needed);
      findings.add(Code.TOO_SHORT, path, "buffers[1]", last, expected);
      return false;
    }
    return true;
  }

  private long at(int index) {
    long at = address(index);
    return switch (width) {
      case Short.BYTES -> ALL.get(JAVA_SHORT_UNALIGNED, at);
      case Integer.BYTES -> ALL.get(JAVA_INT_UNALIGNED, at);
      default -> ALL.get(JAVA_LONG_UNALIGNED, at);
    };
  }

  private long address(int index) {
    return ends.buffers()[1] + (ends.offset() + index) * width;
  }

  /** The run of a logical index; within bounds even if the ends are in no order. */
  int find(long logical) {
    int low = 0;
    int high = (int) Math.max(ends.length() - 1, 0);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (at(middle) > logical) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** The buffers of a vector of some of them. */
  List<Piece> pieces(Window window, int first, int count) {
    if (count == 0) {
      return List.of(new Piece.Ones(0), new Piece.Zeros(0));
    }
    Piece values =
        window.start() == 0
            ? new Piece.Slice(address(first), (long) count * width)
            : new Piece.RunEnds(address(first), width, count, window.start(), window.count());
    return List.of(new Piece.Ones(count), values);
  }
}
