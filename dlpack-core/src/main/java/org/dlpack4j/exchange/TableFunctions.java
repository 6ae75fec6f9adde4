package org.dlpack4j.exchange;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.abi.DlpackAbi;

/**
 * The functions of somebody's table, read once.
 *
 * @param table where they were found
 * @param version of the table that they were found in
 * @param allocator {@code managed_tensor_allocator}
 * @param fromPyObject {@code managed_tensor_from_py_object_no_sync}
 * @param toPyObject {@code managed_tensor_to_py_object_no_sync}
 * @param dltensorFromPyObject {@code dltensor_from_py_object_no_sync}
 * @param currentWorkStream {@code current_work_stream}
 */
record TableFunctions(
    long table,
    DlpackVersion version,
    long allocator,
    long fromPyObject,
    long toPyObject,
    long dltensorFromPyObject,
    long currentWorkStream) {

  static final String ALLOCATOR_FIELD = "managed_tensor_allocator";
  static final String FROM_PY_OBJECT_FIELD = "managed_tensor_from_py_object_no_sync";
  static final String TO_PY_OBJECT_FIELD = "managed_tensor_to_py_object_no_sync";
  static final String DLTENSOR_FROM_PY_OBJECT_FIELD = "dltensor_from_py_object_no_sync";
  static final String CURRENT_WORK_STREAM_FIELD = "current_work_stream";

  static final long ALLOCATOR = offset(ALLOCATOR_FIELD);
  static final long FROM_PY_OBJECT = offset(FROM_PY_OBJECT_FIELD);
  static final long TO_PY_OBJECT = offset(TO_PY_OBJECT_FIELD);
  static final long DLTENSOR_FROM_PY_OBJECT = offset(DLTENSOR_FROM_PY_OBJECT_FIELD);
  static final long CURRENT_WORK_STREAM = offset(CURRENT_WORK_STREAM_FIELD);

  private static final long PREVIOUS =
      DlpackAbi.DL_PACK_EXCHANGE_API_HEADER.byteOffset(groupElement("prev_api"));

  /** More versions than DLPack will ever have had. */
  private static final int MOST_TABLES = 64;

  /** The first page is never mapped, so that small numbers are not taken for pointers. */
  private static final long LOWEST_POINTER = 4096;

  /**
   * Reads the first table, from this one to ever older ones, whose major version is ours.
   *
   * @throws IllegalArgumentException if there is none, or its functions cannot be
   */
  static TableFunctions read(long address) {
    List<String> seen = new ArrayList<>();
    long table = address;
    while (seen.size() < MOST_TABLES) {
      requireTable(table, seen);
      DlpackVersion version =
          new DlpackVersion(ALL.get(JAVA_INT, table), ALL.get(JAVA_INT, table + Integer.BYTES));
      seen.add(version + " at 0x" + Long.toHexString(table));
      if (version.isReadable()) {
        return read(table, version);
      }
      if (Integer.compareUnsigned(version.major(), DlpackVersion.CURRENT.major()) < 0) {
        throw noneFits("an older one", seen);
      }
      table = ALL.get(JAVA_LONG, table + PREVIOUS);
    }
    throw noneFits("more than " + MOST_TABLES + ", so that prev_api seems to be a cycle", seen);
  }

  private static TableFunctions read(long table, DlpackVersion version) {
    return new TableFunctions(
        table,
        version,
        function(table, ALLOCATOR, ALLOCATOR_FIELD),
        function(table, FROM_PY_OBJECT, FROM_PY_OBJECT_FIELD),
        function(table, TO_PY_OBJECT, TO_PY_OBJECT_FIELD),
        function(table, DLTENSOR_FROM_PY_OBJECT, DLTENSOR_FROM_PY_OBJECT_FIELD),
        function(table, CURRENT_WORK_STREAM, CURRENT_WORK_STREAM_FIELD));
  }

  private static void requireTable(long table, List<String> newer) {
    if (table == 0 && !newer.isEmpty()) {
      throw noneFits("no other, as the last prev_api is NULL", newer);
    }
    if (!isPossible(table) || table % Long.BYTES != 0) {
      throw new IllegalArgumentException(
          "%s: expected the 8-aligned address of a DLPackExchangeAPI but found 0x%x; pass the pointer of a capsule named dlpack_exchange_api"
              .formatted(newer.isEmpty() ? "table" : "prev_api of " + newer.getLast(), table));
    }
  }

  private static IllegalArgumentException noneFits(String rest, List<String> seen) {
    int shown = Math.min(seen.size(), 4);
    return new IllegalArgumentException(
        "version: expected a table of version %d.x but found %s and %s; ask the library for one of that version"
            .formatted(
                DlpackVersion.CURRENT.major(), String.join(", ", seen.subList(0, shown)), rest));
  }

  /** A function may be missing, whatever dlpack.h says: tables without an allocator exist. */
  private static long function(long table, long offset, String field) {
    long function = ALL.get(JAVA_LONG, table + offset);
    if (function != 0 && !isPossible(function)) {
      throw new IllegalArgumentException(
          "%s: expected a function in the table at 0x%x but found 0x%x; is it a DLPackExchangeAPI?"
              .formatted(field, table, function));
    }
    return function;
  }

  private static boolean isPossible(long address) {
    // Signed: the upper half of the address space is the kernel's.
    return address >= LOWEST_POINTER;
  }

  /**
   * A function that is needed.
   *
   * @throws UnsupportedOperationException if the table has none
   */
  long require(String field, long function) {
    if (function == 0) {
      throw new UnsupportedOperationException(
          "%s: expected a function in the table at 0x%x but found NULL; its library does not offer it"
              .formatted(field, table));
    }
    return function;
  }

  private static long offset(String field) {
    return DlpackAbi.DL_PACK_EXCHANGE_API.byteOffset(groupElement(field));
  }
}
