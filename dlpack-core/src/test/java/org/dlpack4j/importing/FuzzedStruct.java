package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.NativeCalls;

/**
 * A managed tensor of a fuzzer's bytes, whose pointers lead to real memory, to NULL, or anywhere.
 * Its data can be put at either end of a page with nothing before and behind it.
 */
final class FuzzedStruct {

  private static final AtomicInteger DELETIONS = new AtomicInteger();
  private static final long DELETER = NativeCalls.stub(MethodHandles.lookup(), "delete");
  private static final int DIMENSIONS = ImportPolicy.MAX_NDIM + 1;
  private static final MemorySegment STRUCT = Arena.global().allocate(128, 8);
  private static final MemorySegment SHAPE = Arena.global().allocate(JAVA_LONG, DIMENSIONS);
  private static final MemorySegment STRIDES = Arena.global().allocate(JAVA_LONG, DIMENSIONS);
  private static final Pages PAGES = new Pages();

  /** What the data may be: something that differs from byte to byte. */
  static final MemorySegment PAGE = PAGES.last(Pages.SIZE);

  static {
    for (long at = 0; at < Pages.SIZE; at++) {
      PAGE.set(JAVA_BYTE, at, (byte) (at * 31 + at / 7));
    }
  }

  final Flavour flavour;
  private final FuzzedDataProvider data;
  private long pointer = STRUCT.address();
  private boolean wild;
  private boolean deleterIsOurs = true;
  private int expectedDeletions = 1;

  FuzzedStruct(FuzzedDataProvider data) {
    this.data = data;
    flavour = data.consumeBoolean() ? Flavour.VERSIONED : Flavour.LEGACY;
    STRUCT.fill((byte) 0);
    if (data.consumeBoolean()) {
      byte[] bytes = data.consumeBytes(Math.toIntExact(flavour.layout().byteSize()));
      MemorySegment.copy(bytes, 0, STRUCT, JAVA_BYTE, 0, bytes.length);
    }
    fillFields();
    fillPointers();
    fillDimensions();
    DELETIONS.set(0);
  }

  static void delete(long managed) {
    DELETIONS.addAndGet(managed == STRUCT.address() ? 1 : 1000);
  }

  static int deletions() {
    return DELETIONS.get();
  }

  /** How often an end of the tensor is to call the deleter. */
  int expectedDeletions() {
    return expectedDeletions;
  }

  private boolean usual() {
    return data.consumeByte() < 110;
  }

  /** Over the bytes, so that most tensors get far. */
  private void fillFields() {
    if (flavour == Flavour.VERSIONED && usual()) {
      STRUCT.set(JAVA_INT, 0, 1);
      STRUCT.set(JAVA_LONG, DlpackAbi.FLAGS, data.consumeInt(0, 7));
    }
    if (usual()) {
      int bits = data.consumeBoolean() ? 1 << data.consumeInt(0, 7) : data.consumeInt(0, 12);
      int lanes = data.consumeBoolean() ? 1 : data.consumeInt(0, 5);
      set(DlpackAbi.DTYPE, data.consumeInt(0, 18) | bits << 8 | lanes << 16);
    }
    if (usual()) {
      set(DlpackAbi.DEVICE, data.consumeBoolean() ? 1 : data.consumeInt(1, 15));
      set(DlpackAbi.DEVICE + Integer.BYTES, 0);
    }
    if (usual()) {
      set(DlpackAbi.NDIM, data.consumeInt(0, 4));
    }
    if (usual()) {
      setLong(DlpackAbi.BYTE_OFFSET, data.consumeBoolean() ? 0 : data.consumeInt(0, 64));
    }
  }

  private void fillPointers() {
    switch (usual() ? 0 : data.consumeInt(1, 3)) {
      case 0 -> {
        // as it is
      }
      case 1 -> pointer = 0;
      case 2 -> pointer += 4;
      default -> {
        pointer = wildNumber();
        deleterIsOurs = false;
      }
    }
    switch (usual() ? 0 : data.consumeInt(1, 2)) {
      case 0 -> STRUCT.set(JAVA_LONG, flavour.deleter(), DELETER);
      case 1 -> {
        STRUCT.set(JAVA_LONG, flavour.deleter(), 0);
        expectedDeletions = 0;
      }
      default -> {
        STRUCT.set(JAVA_LONG, flavour.deleter(), wildNumber());
        deleterIsOurs = false;
      }
    }
    setLong(DlpackAbi.SHAPE, pointerTo(SHAPE));
    setLong(DlpackAbi.STRIDES, data.consumeBoolean() ? 0 : pointerTo(STRIDES));
    setLong(DlpackAbi.DATA, usual() ? PAGE.address() : FuzzedPolicy.number(data));
  }

  private long pointerTo(MemorySegment array) {
    return switch (usual() ? 0 : data.consumeInt(1, 3)) {
      case 0 -> array.address();
      case 1 -> 0;
      case 2 -> array.address() + data.consumeInt(0, 8);
      default -> wildNumber();
    };
  }

  private long wildNumber() {
    wild = true;
    return FuzzedPolicy.number(data);
  }

  private void fillDimensions() {
    SHAPE.fill((byte) 0);
    STRIDES.fill((byte) 0);
    int ndim = Math.clamp(STRUCT.get(JAVA_INT, flavour.tensor() + DlpackAbi.NDIM), 0, DIMENSIONS);
    for (int axis = 0; axis < ndim; axis++) {
      SHAPE.setAtIndex(
          JAVA_LONG, axis, usual() ? data.consumeInt(0, 6) : FuzzedPolicy.number(data));
      STRIDES.setAtIndex(
          JAVA_LONG, axis, usual() ? data.consumeInt(-9, 30) : FuzzedPolicy.number(data));
    }
  }

  private void set(long field, int value) {
    STRUCT.set(JAVA_INT, flavour.tensor() + field, value);
  }

  private void setLong(long field, long value) {
    STRUCT.set(JAVA_LONG, flavour.tensor() + field, value);
  }

  MemorySegment pointer() {
    return MemorySegment.ofAddress(pointer);
  }

  /** Whether some pointer leads anywhere, so that only the kernel may follow it. */
  boolean isWild() {
    return wild;
  }

  /** Whether the deleter is NULL or one that a test has. */
  boolean isDeletable() {
    return deleterIsOurs;
  }

  TensorImporter importer(ImportPolicy policy) {
    return (flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy())
        .with(policy);
  }

  ImportModel model(ImportPolicy policy) {
    Snapshot snapshot = new Snapshot();
    try (Arena arena = Arena.ofConfined()) {
      Source source = wild ? Source.probing(arena) : Source.DIRECT;
      snapshot.read(pointer, flavour, policy.rules().mostDimensions, source);
    }
    return new ImportModel(snapshot, policy.rules());
  }

  /** Moves the data so that its bytes begin or end where the page does, if they fit. */
  void putIntoPage(ImportModel model) {
    BigInteger bytes = model.endByte().subtract(model.lowByte());
    if (bytes.compareTo(BigInteger.valueOf(Pages.SIZE)) <= 0) {
      BigInteger first =
          data.consumeBoolean()
              ? BigInteger.valueOf(PAGES.start()).subtract(model.lowByte())
              : BigInteger.valueOf(PAGES.end()).subtract(model.endByte());
      setLong(
          DlpackAbi.DATA,
          first.longValueExact() - STRUCT.get(JAVA_LONG, flavour.tensor() + DlpackAbi.BYTE_OFFSET));
    }
  }

  static boolean isInPage(ImportModel model) {
    return model.hasAddresses()
        && !model.isEmpty()
        && model.firstElement().add(model.lowByte()).compareTo(BigInteger.valueOf(PAGES.start()))
            >= 0
        && model.firstElement().add(model.endByte()).compareTo(BigInteger.valueOf(PAGES.end()))
            <= 0;
  }

  /** The number that begins at a bit of the page. */
  static BigInteger bitsOfPage(long bit, int bits) {
    BigInteger value = BigInteger.ZERO;
    for (int i = 0; i < bits; i++) {
      byte part = PAGE.get(JAVA_BYTE, (bit + i) / 8);
      if ((part >> ((bit + i) % 8) & 1) == 1) {
        value = value.setBit(i);
      }
    }
    return value;
  }
}
