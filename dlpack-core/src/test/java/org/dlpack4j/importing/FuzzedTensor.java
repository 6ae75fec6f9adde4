package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.NativeCalls;
import org.jspecify.annotations.Nullable;

/**
 * One of many managed tensors of a fuzzer's choice: what a column asks for, but for a field now and
 * then. Its data lies in a page of its own or of another one, with nothing around the page.
 */
final class FuzzedTensor {

  static final int MOST = 64;

  private static final int STRUCT_BYTES = 128;
  private static final MemorySegment STRUCTS =
      Arena.global().allocate((long) MOST * STRUCT_BYTES, STRUCT_BYTES);
  private static final AtomicInteger STRAY_DELETIONS = new AtomicInteger();
  private static final long DELETER = NativeCalls.stub(MethodHandles.lookup(), "delete");
  private static final MemorySegment PATTERN = Arena.global().allocate(Pages.SIZE);
  private static final FuzzedTensor[] ALL =
      IntStream.range(0, MOST).mapToObj(FuzzedTensor::new).toArray(FuzzedTensor[]::new);

  static {
    for (long at = 0; at < Pages.SIZE; at++) {
      PATTERN.set(JAVA_BYTE, at, (byte) (at * 31 + at / 7));
    }
  }

  private final int index;
  private final MemorySegment struct;
  private final MemorySegment shape = Arena.global().allocate(JAVA_LONG, 2);
  private final MemorySegment strides = Arena.global().allocate(JAVA_LONG, 2);
  private final Pages pages = new Pages();
  private final AtomicInteger deletions = new AtomicInteger();
  private Flavour flavour = Flavour.VERSIONED;
  private boolean strange;

  /** In whose page the data lies, often its own. */
  private int beside;

  private boolean wild;
  private boolean deleterIsOurs;
  private int expectedDeletions;

  private FuzzedTensor(int index) {
    this.index = index;
    struct = STRUCTS.asSlice((long) index * STRUCT_BYTES, STRUCT_BYTES);
  }

  static void delete(long managed) {
    FuzzedTensor tensor = at(managed);
    (tensor == null ? STRAY_DELETIONS : tensor.deletions).incrementAndGet();
  }

  /** The one whose struct begins at an address; null if none does. */
  static @Nullable FuzzedTensor at(long managed) {
    long offset = managed - STRUCTS.address();
    boolean found = offset >= 0 && offset < STRUCTS.byteSize() && offset % STRUCT_BYTES == 0;
    return found ? ALL[(int) (offset / STRUCT_BYTES)] : null;
  }

  /** The first ones, as if nothing had happened to them. */
  static void reset(int used) {
    STRAY_DELETIONS.set(0);
    for (int i = 0; i < used; i++) {
      ALL[i].deletions.set(0);
    }
  }

  static int strayDeletions() {
    return STRAY_DELETIONS.get();
  }

  /** Makes the one with a number, as long as a column asks for. */
  static FuzzedTensor make(
      int index, FuzzedDataProvider data, Flavour flavour, DataType type, long... sizes) {
    FuzzedTensor tensor = ALL[index];
    tensor.beside = data.consumeByte() < 104 ? index : data.consumeInt(0, index);
    tensor.fill(data, flavour, type, sizes);
    tensor.place(data, type, ALL[tensor.beside].pages);
    return tensor;
  }

  static boolean usual(FuzzedDataProvider data) {
    return data.consumeByte() < 120;
  }

  /** Fields are seldom strange, and several at once where one is. */
  private boolean plain(FuzzedDataProvider data) {
    return !strange || data.consumeByte() < 96;
  }

  private void fill(FuzzedDataProvider data, Flavour ofFlavour, DataType type, long... sizes) {
    flavour = ofFlavour;
    strange = data.consumeByte() > 117;
    wild = false;
    deleterIsOurs = true;
    expectedDeletions = 1;
    struct.fill((byte) 0);
    pages.last(Pages.SIZE).copyFrom(PATTERN);
    if (flavour == Flavour.VERSIONED) {
      struct.set(JAVA_INT, 0, plain(data) ? 1 : data.consumeInt());
      struct.set(JAVA_LONG, DlpackAbi.FLAGS, flags(data, type));
    }
    set(DlpackAbi.DTYPE, plain(data) ? packed(type) : data.consumeInt());
    set(DlpackAbi.DEVICE, plain(data) ? Device.CPU.type() : data.consumeInt(-1, 20));
    set(DlpackAbi.NDIM, plain(data) ? sizes.length : data.consumeInt(-1, 3));
    fillPointers(data);
    // As the columns of a matrix have them, where there may be another one of it.
    long gaps = beside != index || data.consumeByte() > 112 ? data.consumeInt(1, 4) : 1;
    long step = 1;
    for (int axis = 1; axis >= 0; axis--) {
      long size = axis < sizes.length ? sizes[axis] : 1;
      shape.setAtIndex(JAVA_LONG, axis, plain(data) ? size : FuzzedPolicy.number(data));
      strides.setAtIndex(JAVA_LONG, axis, data.consumeByte() < 108 ? step * gaps : stride(data));
      step *= Math.max(size, 1);
    }
  }

  private long flags(FuzzedDataProvider data, DataType type) {
    if (!plain(data)) {
      return data.consumeLong();
    }
    boolean padded = type.bits() % Byte.SIZE != 0 && data.consumeByte() > 64;
    return (data.consumeByte() > 64 ? TensorFlags.READ_ONLY : 0)
        | (padded ? TensorFlags.IS_SUBBYTE_TYPE_PADDED : 0);
  }

  private long stride(FuzzedDataProvider data) {
    return plain(data) ? data.consumeInt(-3, 6) : FuzzedPolicy.number(data);
  }

  static int packed(DataType type) {
    return type.code() | type.bits() << Byte.SIZE | type.lanes() << Short.SIZE;
  }

  private void fillPointers(FuzzedDataProvider data) {
    setLong(DlpackAbi.SHAPE, pointerTo(shape, data));
    setLong(DlpackAbi.STRIDES, data.consumeBoolean() ? 0 : pointerTo(strides, data));
    switch (plain(data) ? 0 : data.consumeInt(1, 2)) {
      case 0 -> struct.set(JAVA_LONG, flavour.deleter(), DELETER);
      case 1 -> expectedDeletions = 0;
      default -> {
        struct.set(JAVA_LONG, flavour.deleter(), wildNumber(data));
        deleterIsOurs = false;
      }
    }
  }

  private long pointerTo(MemorySegment array, FuzzedDataProvider data) {
    return switch (plain(data) ? 0 : data.consumeInt(1, 3)) {
      case 0 -> array.address();
      case 1 -> 0;
      case 2 -> array.address() + 4;
      default -> wildNumber(data);
    };
  }

  private long wildNumber(FuzzedDataProvider data) {
    wild = true;
    return FuzzedPolicy.number(data);
  }

  /** So that the bytes begin or end where a page does, or near its start, if they fit. */
  private void place(FuzzedDataProvider data, DataType type, Pages page) {
    setLong(DlpackAbi.DATA, page.start());
    long byteOffset = data.consumeBoolean() ? 0 : data.consumeInt(0, 64);
    setLong(DlpackAbi.BYTE_OFFSET, plain(data) ? byteOffset : FuzzedPolicy.number(data));
    ImportModel model = model(ANYTHING);
    boolean fits =
        model.accepts()
            && model.hasAddresses()
            && model.endByte().subtract(model.lowByte()).longValueExact() <= Pages.SIZE - 64;
    if (!plain(data)) {
      setLong(DlpackAbi.DATA, FuzzedPolicy.number(data));
    } else if (fits) {
      long low = model.lowByte().longValueExact();
      long first =
          switch (beside == index ? data.consumeInt(0, 3) : 1) {
            case 0 -> page.start() - low;
            case 1 -> page.start() - low + near(data, type);
            default -> page.end() - model.endByte().longValueExact();
          };
      setLong(DlpackAbi.DATA, first - getLong(DlpackAbi.BYTE_OFFSET));
    }
    wild |= !isReadable();
  }

  private long near(FuzzedDataProvider data, DataType type) {
    return data.consumeInt(0, 8) * (plain(data) ? (long) type.alignment() : 1);
  }

  private static final ImportPolicy ANYTHING =
      ImportPolicy.DEFAULT.anyDevice().anyDataType().allowUnaligned().onlyFlags(-1).ndim(0, 2);

  /** Whether all that might be read of the data lies in pages. */
  private boolean isReadable() {
    ImportModel model = model(ANYTHING);
    if (!model.accepts() || model.isEmpty() || !model.hasAddresses()) {
      return true; // nobody is going to
    }
    return isInPages(model);
  }

  /** Of one that is accepted, and has elements and an address. */
  static boolean isInPages(ImportModel model) {
    long low = model.firstElement().add(model.lowByte()).longValueExact();
    long end = model.firstElement().add(model.endByte()).longValueExact();
    for (FuzzedTensor tensor : ALL) {
      if (low >= tensor.pages.start() && end <= tensor.pages.end()) {
        return true;
      }
    }
    return false;
  }

  private ImportModel model(ImportPolicy policy) {
    return new ImportModel(snapshot(pointer().address(), flavour, policy, wild), policy.rules());
  }

  static Snapshot snapshot(long pointer, Flavour flavour, ImportPolicy policy, boolean probing) {
    Snapshot snapshot = new Snapshot();
    try (Arena arena = Arena.ofConfined()) {
      Source source = probing ? Source.probing(arena) : Source.DIRECT;
      snapshot.read(pointer, flavour, policy.rules().mostDimensions, source);
    }
    return snapshot;
  }

  /** Makes the data offsets, if it is where it can be written. */
  void write(long... offsets) {
    ImportModel model = model(ANYTHING);
    if (!model.accepts() || model.isEmpty() || !model.hasAddresses() || !isInPages(model)) {
      return;
    }
    DataType type = snapshot(pointer().address(), flavour, ANYTHING, wild).dataType();
    int bytes = type.elementBits() / Byte.SIZE;
    long first = model.firstElement().longValueExact();
    boolean room = model.endByte().longValueExact() >= (long) offsets.length * bytes;
    if (room && bytes * Byte.SIZE == type.elementBits() && bytes <= Long.BYTES) {
      for (int i = 0; i < offsets.length; i++) {
        for (int part = 0; part < bytes; part++) {
          byte value = (byte) (offsets[i] >> (part * Byte.SIZE));
          Memory.ALL.set(JAVA_BYTE, first + (long) i * bytes + part, value);
        }
      }
    }
  }

  private void set(long field, int value) {
    struct.set(JAVA_INT, flavour.tensor() + field, value);
  }

  private void setLong(long field, long value) {
    struct.set(JAVA_LONG, flavour.tensor() + field, value);
  }

  private long getLong(long field) {
    return struct.get(JAVA_LONG, flavour.tensor() + field);
  }

  MemorySegment pointer() {
    return MemorySegment.ofAddress(struct.address());
  }

  /** Whether some pointer leads anywhere, so that only the kernel may follow it. */
  boolean isWild() {
    return wild;
  }

  /** Whether the deleter is NULL or one that a test has. */
  boolean isDeletable() {
    return deleterIsOurs;
  }

  int deletions() {
    return deletions.get();
  }

  /** How often an end of the tensor is to call the deleter. */
  int expectedDeletions() {
    return expectedDeletions;
  }
}
