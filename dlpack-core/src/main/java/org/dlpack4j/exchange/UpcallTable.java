package org.dlpack4j.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.ExchangeCalls;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.NativeCalls;
import org.dlpack4j.internal.Python;

/** The exchange API where there is no C: upcalls, from which no exception leaves. */
final class UpcallTable {

  private static final int FAILED = -1;

  /** What dlpack.h promises for data. */
  private static final long ALIGNMENT = 256;

  private static final long TABLE_BYTES = DlpackAbi.DL_PACK_EXCHANGE_API.byteSize();
  private static final long STRUCT_BYTES = Flavour.VERSIONED.layout().byteSize();

  private UpcallTable() {}

  /** Makes a table that lives as long as the process. */
  static long make() {
    Lookup here = MethodHandles.lookup();
    long table = Memory.reserve(TABLE_BYTES, Long.BYTES);
    long fails = NativeCalls.stub(here, "convertObject", ExchangeCalls.CONVERSION);
    ALL.set(JAVA_INT, table, DlpackVersion.CURRENT.major());
    ALL.set(JAVA_INT, table + Integer.BYTES, DlpackVersion.CURRENT.minor());
    ALL.set(
        JAVA_LONG,
        table + TableFunctions.ALLOCATOR,
        NativeCalls.stub(here, "allocate", ExchangeCalls.ALLOCATOR));
    ALL.set(JAVA_LONG, table + TableFunctions.FROM_PY_OBJECT, fails);
    ALL.set(
        JAVA_LONG,
        table + TableFunctions.TO_PY_OBJECT,
        NativeCalls.stub(here, "convertTensor", ExchangeCalls.CONVERSION));
    ALL.set(JAVA_LONG, table + TableFunctions.DLTENSOR_FROM_PY_OBJECT, fails);
    ALL.set(
        JAVA_LONG,
        table + TableFunctions.CURRENT_WORK_STREAM,
        NativeCalls.stub(here, "currentWorkStream", ExchangeCalls.WORK_STREAM));
    return table;
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static int allocate(long prototype, long out, long errorContext, long setError) {
    String kind;
    String message;
    try {
      ALL.set(JAVA_LONG, out, allocated(Prototype.read(prototype, out)));
      return 0;
    } catch (AllocationRefusal e) {
      kind = e.kind();
      message = String.valueOf(e.getMessage());
    } catch (Throwable e) {
      // A stack or a heap that is full; whatever it is, C cannot take it.
      kind = "RuntimeError";
      message = e.toString();
    }
    report(errorContext, setError, kind, message);
    return FAILED;
  }

  private static void report(long errorContext, long setError, String kind, String message) {
    if (setError == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      ExchangeCalls.report(
          setError,
          errorContext,
          arena.allocateFrom(kind).address(),
          arena.allocateFrom(message).address());
    } catch (Throwable e) {
      // There is nobody left to tell but the caller, by the result.
      return;
    }
  }

  /**
   * In one piece of malloc's, so that free is its deleter: the struct, shape, strides, the data.
   */
  private static long allocated(Prototype prototype) throws AllocationRefusal {
    int ndim = prototype.layout().ndim();
    long head = STRUCT_BYTES + 2L * ndim * Long.BYTES;
    long bytes = prototype.bytes();
    long managed = malloc(bytes == 0 ? head : head + ALIGNMENT - 1 + bytes, bytes);
    long data = bytes == 0 ? 0 : (managed + head + ALIGNMENT - 1) & -ALIGNMENT;
    writeStruct(managed, prototype.dataType(), ndim, data);
    prototype.layout().writeTo(ALL, managed + STRUCT_BYTES);
    return managed;
  }

  private static long malloc(long bytes, long dataBytes) throws AllocationRefusal {
    try {
      return Memory.allocate(bytes);
    } catch (OutOfMemoryError e) {
      throw new AllocationRefusal(
          "MemoryError",
          "data: expected %d bytes but found no memory; free some or ask for less"
              .formatted(dataBytes));
    }
  }

  private static void writeStruct(long managed, DataType dataType, int ndim, long data) {
    long shape = ndim == 0 ? 0 : managed + STRUCT_BYTES;
    long tensor = managed + Flavour.VERSIONED.tensor();
    ALL.set(JAVA_INT, managed, DlpackVersion.CURRENT.major());
    ALL.set(JAVA_INT, managed + Integer.BYTES, DlpackVersion.CURRENT.minor());
    ALL.set(JAVA_LONG, managed + Flavour.VERSIONED.managerContext(), 0);
    ALL.set(JAVA_LONG, managed + Flavour.VERSIONED.deleter(), Memory.freeFunction());
    ALL.set(JAVA_LONG, managed + DlpackAbi.FLAGS, 0);
    ALL.set(JAVA_LONG, tensor + DlpackAbi.DATA, data);
    ALL.set(JAVA_INT, tensor + DlpackAbi.DEVICE, Device.CPU.type());
    ALL.set(JAVA_INT, tensor + DlpackAbi.DEVICE + Integer.BYTES, Device.CPU.id());
    ALL.set(JAVA_INT, tensor + DlpackAbi.NDIM, ndim);
    ALL.set(
        JAVA_INT,
        tensor + DlpackAbi.DTYPE,
        dataType.code() | dataType.bits() << Byte.SIZE | dataType.lanes() << Short.SIZE);
    ALL.set(JAVA_LONG, tensor + DlpackAbi.SHAPE, shape);
    ALL.set(
        JAVA_LONG, tensor + DlpackAbi.STRIDES, ndim == 0 ? 0 : shape + (long) ndim * Long.BYTES);
    ALL.set(JAVA_LONG, tensor + DlpackAbi.BYTE_OFFSET, 0);
  }

  /** Called from C: no Python object is of this library. */
  @SuppressWarnings("unused")
  private static int convertObject(long object, long out) {
    return fail(
        "object: expected one of the library whose exchange API this is, but dlpack4j has no Python"
            + " objects; use __dlpack__");
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static int convertTensor(long managed, long out) {
    return fail(
        "tensor: expected a library that has Python objects, but dlpack4j has none; the tensor is"
            + " still the caller's, to put it into a capsule");
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static int currentWorkStream(int deviceType, int deviceId, long out) {
    if (deviceType != Device.Type.CPU || out == 0) {
      return fail(
          "device: expected the CPU, as dlpack4j works on no other, and a place for the stream; ask"
              + " the library of that device");
    }
    ALL.set(JAVA_LONG, out, 0);
    return 0;
  }

  /** Where the process runs Python, a failure is to leave an exception of Python's behind. */
  private static int fail(String message) {
    try {
      Python python = Python.here();
      if (python != null) {
        python.raiseBufferError(message);
      }
    } catch (Throwable e) {
      // C cannot take it. That there is no exception does not change the result.
      return FAILED;
    }
    return FAILED;
  }
}
