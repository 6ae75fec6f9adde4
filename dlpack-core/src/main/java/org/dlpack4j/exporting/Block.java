package org.dlpack4j.exporting;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;

/**
 * One managed tensor in 256 bytes of native memory: the struct at 0, shape and strides from 80, the
 * native owner at 208. A block is known by its address alone.
 */
final class Block {

  // A block is aligned; not to have it checked saves a tenth of an export.
  private static final ValueLayout.OfLong LONG = JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED;

  static final long BYTES = 256;

  /** More dimensions than fit have their shape and strides elsewhere. */
  static final int MAX_NDIM = 8;

  private static final long SHAPE_AND_STRIDES = 80;
  static final long RELEASE = 208;
  static final long CONTEXT = 216;

  /** On the cache line of the native owner; of no interest to C. */
  private static final long BIRTH = 224;

  private static final long VERSION =
      DlpackVersion.CURRENT.major() | (long) DlpackVersion.CURRENT.minor() << Integer.SIZE;

  private Block() {}

  /**
   * Writes the managed tensor.
   *
   * @param spill where shape and strides go if there are more than {@link #MAX_NDIM} dimensions
   * @param flags written in the versioned flavour only
   */
  static void write(
      long block, TensorView view, Flavour flavour, long deleter, long flags, long spill) {
    long tensor;
    // Constant offsets: a field of the enum would be a load and a data dependency for each store.
    if (flavour == Flavour.VERSIONED) {
      ALL.set(LONG, block, VERSION);
      ALL.set(LONG, block + Versioned.FLAGS, flags);
      ALL.set(LONG, block + Versioned.MANAGER_CONTEXT, 0L);
      ALL.set(LONG, block + Versioned.DELETER, deleter);
      tensor = block + Versioned.TENSOR;
    } else {
      ALL.set(LONG, block + Legacy.MANAGER_CONTEXT, 0L);
      ALL.set(LONG, block + Legacy.DELETER, deleter);
      tensor = block + Legacy.TENSOR;
    }
    writeTensor(tensor, block, view, spill);
  }

  private static void writeTensor(long tensor, long block, TensorView view, long spill) {
    int ndim = view.layout().ndim();
    long arrays = ndim <= MAX_NDIM ? block + SHAPE_AND_STRIDES : spill;
    DataType dtype = view.dataType();
    Device device = view.device();
    ALL.set(LONG, tensor + DlpackAbi.DATA, view.dataAddress());
    ALL.set(INT, tensor + DlpackAbi.DEVICE, device.type());
    ALL.set(INT, tensor + DlpackAbi.DEVICE + Integer.BYTES, device.id());
    ALL.set(INT, tensor + DlpackAbi.NDIM, ndim);
    // DLDataType is a u8, a u8 and a u16; both supported platforms are little-endian.
    ALL.set(
        INT,
        tensor + DlpackAbi.DTYPE,
        dtype.code() | dtype.bits() << Byte.SIZE | dtype.lanes() << Short.SIZE);
    ALL.set(LONG, tensor + DlpackAbi.SHAPE, ndim == 0 ? 0 : arrays);
    ALL.set(LONG, tensor + DlpackAbi.STRIDES, ndim == 0 ? 0 : arrays + (long) ndim * Long.BYTES);
    ALL.set(LONG, tensor + DlpackAbi.BYTE_OFFSET, 0L);
    view.layout().writeTo(ALL, arrays);
  }

  /** What was exported: the tensor that {@link #write} was given, from its first element on. */
  static TensorView read(long block, Flavour flavour) {
    long tensor = block + flavour.tensor();
    int ndim = ALL.get(INT, tensor + DlpackAbi.NDIM);
    long[] shape = numbersAt(ALL.get(LONG, tensor + DlpackAbi.SHAPE), ndim);
    long[] strides = numbersAt(ALL.get(LONG, tensor + DlpackAbi.STRIDES), ndim);
    int dtype = ALL.get(INT, tensor + DlpackAbi.DTYPE);
    long flags = flags(block, flavour);
    return new TensorView(
        ALL.get(LONG, tensor + DlpackAbi.DATA),
        DataType.of(dtype & 0xFF, dtype >>> Byte.SIZE & 0xFF, dtype >>> Short.SIZE),
        Device.of(
            ALL.get(INT, tensor + DlpackAbi.DEVICE),
            ALL.get(INT, tensor + DlpackAbi.DEVICE + Integer.BYTES)),
        TensorLayout.strided(shape, strides),
        (flags & TensorFlags.READ_ONLY) != 0,
        (flags & TensorFlags.IS_SUBBYTE_TYPE_PADDED) != 0);
  }

  /** None in a struct that has no place for them. */
  private static long flags(long block, Flavour flavour) {
    return flavour == Flavour.VERSIONED ? ALL.get(LONG, block + Versioned.FLAGS) : 0;
  }

  /** The bytes of shape and strides that do not fit a block, 0 if they do. */
  static long spillBytes(TensorView view) {
    int ndim = view.layout().ndim();
    return ndim <= MAX_NDIM ? 0 : 2L * ndim * Long.BYTES;
  }

  /** Some of the numbers that shape and strides are, if they fit the block. */
  static long[] numbers(long block, int from, int count) {
    return numbersAt(block + SHAPE_AND_STRIDES + (long) from * Long.BYTES, count);
  }

  private static long[] numbersAt(long address, int count) {
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = ALL.get(LONG, address + (long) i * Long.BYTES);
    }
    return numbers;
  }

  /** Also when it was exported, which a slab of native owners has no other place for. */
  static void writeNativeOwner(long block, NativeOwner owner, int birth) {
    ALL.set(LONG, block + RELEASE, owner.function());
    ALL.set(LONG, block + CONTEXT, owner.context());
    ALL.set(INT, block + BIRTH, birth);
  }

  static int nativeBirth(long block) {
    return ALL.get(INT, block + BIRTH);
  }

  static boolean hasNativeOwner(long block, NativeOwner owner) {
    return ALL.get(LONG, block + RELEASE) == owner.function()
        && ALL.get(LONG, block + CONTEXT) == owner.context();
  }

  static long deleter(long block, Flavour flavour) {
    return ALL.get(LONG, block + flavour.deleter());
  }

  private static final class Versioned {
    static final long MANAGER_CONTEXT = Flavour.VERSIONED.managerContext();
    static final long DELETER = Flavour.VERSIONED.deleter();
    static final long FLAGS = DlpackAbi.FLAGS;
    static final long TENSOR = Flavour.VERSIONED.tensor();
  }

  private static final class Legacy {
    static final long MANAGER_CONTEXT = Flavour.LEGACY.managerContext();
    static final long DELETER = Flavour.LEGACY.deleter();
    static final long TENSOR = Flavour.LEGACY.tensor();
  }
}
