package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.jspecify.annotations.Nullable;

/**
 * The members of an {@code ArrowArray}, each read once and those that stand for themselves checked.
 *
 * @param length how many values
 * @param nullCount -1 if nobody has counted
 * @param offset the first value's index in the buffers
 * @param buffers the buffers' addresses
 * @param children the children's addresses
 * @param dictionary the dictionary's address or 0
 */
@SuppressWarnings("ArrayRecordComponent") // Read by the planner only.
record ArrayStruct(
    long length, long nullCount, long offset, long[] buffers, long[] children, long dictionary) {

  /** More than any producer splits the bytes of views into. */
  private static final int MOST_BUFFERS = 1 << 20;

  private static final long[] NONE = {};

  /** Null if it makes no sense by itself, which has been said then. */
  static @Nullable ArrayStruct read(long struct, SchemaNode schema, Findings findings) {
    String path = schema.path();
    if (!findings.checkPointer(struct, path, "array", "an ArrowArray")) {
      return null;
    }
    if (at(struct, Array.RELEASE) == 0) {
      findings.add(Code.RELEASED, path, "release", "NULL", "an array not yet released");
      return null;
    }
    long length = at(struct, Array.LENGTH);
    long offset = at(struct, Array.OFFSET);
    long nullCount = at(struct, Array.NULL_COUNT);
    boolean sound = checkNumbers(length, offset, nullCount, path, findings);
    int needed = schema.layout().kind().buffers;
    long[] buffers =
        pointers(
            at(struct, Array.N_BUFFERS),
            at(struct, Array.BUFFERS),
            needed >= 0 ? needed : Layout.FIXED_VIEW_BUFFERS,
            needed >= 0 ? needed : MOST_BUFFERS,
            "buffers",
            path,
            findings);
    int childCount = schema.children().size();
    long[] children =
        pointers(
            at(struct, Array.N_CHILDREN),
            at(struct, Array.CHILDREN),
            childCount,
            childCount,
            "children",
            path,
            findings);
    return sound && buffers != null && children != null
        ? new ArrayStruct(
            length, nullCount, offset, buffers, children, at(struct, Array.DICTIONARY))
        : null;
  }

  private static boolean checkNumbers(
      long length, long offset, long nullCount, String path, Findings findings) {
    if (length < 0) {
      findings.add(Code.NEGATIVE, path, "length", length, "0 or more");
    }
    if (offset < 0) {
      findings.add(Code.NEGATIVE, path, "offset", offset, "0 or more");
    }
    if (nullCount < -1) {
      findings.add(Code.NEGATIVE, path, "null_count", nullCount, "-1, 0 or more");
    }
    if (length < 0 || offset < 0 || nullCount < -1) {
      return false;
    }
    if (offset + length < 0) {
      findings.add(Code.TOO_LARGE, path, "offset", offset, "offset + length below 2^63");
      return false;
    }
    if (nullCount > length) {
      findings.add(Code.NULLS, path, "null_count", nullCount, "at most the length, " + length);
      return false;
    }
    return true;
  }

  private static long @Nullable [] pointers(
      long count,
      long address,
      int fewest,
      int most,
      String member,
      String path,
      Findings findings) {
    if (count < fewest || count > most) {
      String expected = fewest == most ? fewest + ", as its type has" : fewest + " or more";
      findings.add(Code.WRONG_COUNT, path, "n_" + member, count, expected);
      return null;
    }
    if (count != 0 && !findings.checkPointer(address, path, member, "pointers")) {
      return null;
    }
    if (count == 0) {
      return NONE;
    }
    long[] pointers = new long[(int) count];
    for (int i = 0; i < pointers.length; i++) {
      pointers[i] = at(address, i * ADDRESS.byteSize());
    }
    return pointers;
  }

  private static long at(long address, long offset) {
    return ALL.get(JAVA_LONG, address + offset);
  }
}
