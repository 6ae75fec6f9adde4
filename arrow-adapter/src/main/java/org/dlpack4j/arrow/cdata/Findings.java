package org.dlpack4j.arrow.cdata;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;

/** The violations of one import, as they are found. */
final class Findings {

  /** A hostile batch of many fields has as many; a person reads fewer. */
  private static final int MOST = 100;

  private final List<CDataViolation> found = new ArrayList<>();

  void add(Code code, String path, String member, Object what, String expected) {
    if (found.size() < MOST) {
      found.add(new CDataViolation(code, path, member, String.valueOf(what), expected));
    }
  }

  /** Whether an address can be one of a struct, or of pointers. */
  boolean checkPointer(long address, String path, String member, String what) {
    if (address == 0) {
      add(Code.NULL_POINTER, path, member, "NULL", "the address of " + what);
    } else if (!StructAddress.isPossible(address)) {
      add(
          Code.IMPOSSIBLE_POINTER,
          path,
          member,
          hex(address),
          "an address that a process can have");
    } else if (!StructAddress.isAligned(address)) {
      add(Code.MISALIGNED_POINTER, path, member, hex(address), "an address aligned to 8 bytes");
    } else {
      return true;
    }
    return false;
  }

  static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }

  void throwIfAny(String what) {
    if (!found.isEmpty()) {
      throw refusal(what);
    }
  }

  RefusedArrayException refusal(String what) {
    return new RefusedArrayException(what, found);
  }
}
