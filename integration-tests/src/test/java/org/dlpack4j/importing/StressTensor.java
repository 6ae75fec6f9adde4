package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.Device;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.NativeCalls;

/**
 * A foreign tensor for one round of a stress test: a vector of one number. Its deleter counts, and
 * spoils the number. The rounds hand the memory on: whoever looks last calls {@link #recycle}.
 */
final class StressTensor {

  static final int DATA = 1;
  private static final int SPOILT = -1;

  // After the struct: shape, strides, what the deleter counts, and the data.
  private static final long SHAPE = 80;
  private static final long STRIDES = 88;
  private static final long DELETES = 96;
  private static final long NUMBER = 104;
  private static final long BYTES = 112;

  private static final long DELETER = NativeCalls.stub(MethodHandles.lookup(), "delete");
  private static final VarHandle INT = JAVA_INT.varHandle();

  private static long[] spare = new long[1024];
  private static int spares;

  private final long address;

  StressTensor() {
    address = take();
    long tensor = address + Flavour.VERSIONED.tensor();
    ALL.asSlice(address, BYTES).fill((byte) 0);
    ALL.set(JAVA_INT, address, 1); // the major version
    ALL.set(JAVA_LONG, address + Flavour.VERSIONED.deleter(), DELETER);
    ALL.set(JAVA_LONG, tensor + DlpackAbi.DATA, address + NUMBER);
    ALL.set(JAVA_INT, tensor + DlpackAbi.DEVICE, Device.Type.CPU);
    ALL.set(JAVA_INT, tensor + DlpackAbi.NDIM, 1);
    ALL.set(JAVA_INT, tensor + DlpackAbi.DTYPE, Code.INT | Integer.SIZE << 8 | 1 << 16);
    ALL.set(JAVA_LONG, tensor + DlpackAbi.SHAPE, address + SHAPE);
    ALL.set(JAVA_LONG, tensor + DlpackAbi.STRIDES, address + STRIDES);
    ALL.set(JAVA_LONG, address + SHAPE, 1);
    ALL.set(JAVA_LONG, address + STRIDES, 1);
    ALL.set(JAVA_INT, address + NUMBER, DATA);
  }

  @SuppressWarnings("unused") // C calls it.
  private static void delete(long managed) {
    ALL.set(JAVA_INT, managed + NUMBER, SPOILT);
    INT.getAndAdd(ALL, managed + DELETES, 1);
  }

  MemorySegment managed() {
    return MemorySegment.ofAddress(address);
  }

  int deletes() {
    return (int) INT.getVolatile(ALL, address + DELETES);
  }

  /** Lets later rounds have the memory; nothing may touch it from then on. */
  void recycle() {
    give(address);
  }

  private static synchronized long take() {
    return spares > 0 ? spare[--spares] : Memory.allocate(BYTES);
  }

  private static synchronized void give(long tensor) {
    if (spares == spare.length) {
      spare = Arrays.copyOf(spare, 2 * spares);
    }
    spare[spares++] = tensor;
  }
}
