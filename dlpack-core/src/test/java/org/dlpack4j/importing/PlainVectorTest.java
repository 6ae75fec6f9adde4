package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.dlpack4j.Concurrently;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short way to adopt a vector comes to what the long way comes to. */
class PlainVectorTest {

  private static final ImportPolicy ANY_TYPE = ImportPolicy.DEFAULT.ndim(1, 1).anyDataType();
  private static final int CASES = 20_000;
  private static final int ROUNDS = 20_000;

  private static final List<DataType> TYPES =
      List.of(
          DataType.INT64,
          DataType.FLOAT64,
          DataType.COMPLEX128,
          DataType.BOOL,
          DataType.INT4,
          new DataType(DataType.Code.FLOAT, 64, 2),
          new DataType(DataType.Code.INT, 128, 1),
          new DataType(DataType.Code.INT, 0, 1),
          new DataType(200, 248, 1));

  private static final long[] NUMBERS = {
    -1,
    0,
    1,
    2,
    3,
    4,
    8,
    12,
    4095,
    4096,
    1L << 31,
    1L << 48,
    (1L << 48) + 1,
    1L << 60,
    Long.MAX_VALUE - 4096,
    Long.MAX_VALUE - 8,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  /** What a case may do to a tensor that is plain. */
  private static final List<BiConsumer<ForeignTensor, Random>> CHANGES =
      List.of(
          (tensor, random) -> tensor.version(random.nextInt(3), random.nextInt(5)),
          (tensor, random) -> tensor.deleter(number(random)),
          (tensor, random) -> tensor.data(number(random)),
          (tensor, random) -> tensor.data(tensor.data().address() + random.nextInt(17)),
          (tensor, random) -> tensor.byteOffset(number(random)),
          (tensor, random) -> tensor.byteOffset(random.nextInt(17)),
          (tensor, random) -> tensor.device(new Device(random.nextInt(4), random.nextInt(2))),
          (tensor, random) -> tensor.dataType(TYPES.get(random.nextInt(TYPES.size()))),
          (tensor, random) -> tensor.shape(number(random)),
          (tensor, random) -> tensor.shape(2, 3),
          (tensor, random) -> tensor.ndim(random.nextInt(3)),
          (tensor, random) -> tensor.shape(random.nextInt(3)).strides(number(random)),
          (tensor, random) -> tensor.shape(number(random)).strides(number(random)),
          (tensor, random) -> tensor.withoutStrides(),
          (tensor, random) -> tensor.shapePointer(random.nextInt(12)),
          (tensor, random) -> tensor.stridesPointer(tensor.stridesAddress() + random.nextInt(12)),
          (tensor, random) -> tensor.pointer(tensor.address() + random.nextInt(9)));

  private static final List<BiFunction<ImportPolicy, Random, ImportPolicy>> POLICIES =
      List.of(
          (policy, random) -> policy.anyDevice(),
          (policy, random) -> policy.onlyDevices(new Device(random.nextInt(3), random.nextInt(2))),
          (policy, random) -> policy.allowUnaligned(),
          (policy, random) -> policy.requireAlignment(1 << random.nextInt(8)),
          (policy, random) -> policy.requireContiguous(),
          (policy, random) -> policy.requireWritable(),
          (policy, random) -> policy.assumeWritable(),
          (policy, random) -> policy.onlyFlags(random.nextInt(8)),
          (policy, random) -> policy.maxElements(number(random)),
          (policy, random) -> policy.maxBytes(number(random)),
          (policy, random) -> policy.ndim(0, random.nextInt(3)),
          (policy, random) -> policy.ndim(2, 2 + random.nextInt(2)),
          (policy, random) -> policy.onlyDataTypes(TYPES.get(random.nextInt(TYPES.size()))));

  private static long number(Random random) {
    return NUMBERS[random.nextInt(NUMBERS.length)];
  }

  @ParameterizedTest
  @EnumSource
  void acceptsOnlyWhatValidationDoesAndAsIt(Flavour flavour) {
    Random random = new Random(25);
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      DataType type = TYPES.get(random.nextInt(TYPES.size()));
      ForeignTensor foreign = foreign(flavour, type, random);
      ImportPolicy policy = policy(random);
      PlainVector vector = new PlainVector(flavour, policy);
      Examination examination = new Examination();

      boolean plain = vector.read(foreign.address(), type);

      List<Violation> violations = examination.violations(foreign.address(), flavour, policy);
      if (plain) {
        assertThat(violations).isEmpty();
        assertSame(vector, examination);
        accepted++;
      } else if (!violations.isEmpty()) {
        refused++;
      }
    }
    assertThat(accepted).isGreaterThan(CASES / 10);
    assertThat(refused).isGreaterThan(CASES / 10);
  }

  private static ForeignTensor foreign(Flavour flavour, DataType type, Random random) {
    ForeignTensor foreign = ForeignTensor.of(flavour).dataType(type).shape(1 + random.nextInt(9));
    if (flavour == Flavour.VERSIONED) {
      foreign.flags(random.nextInt(4) == 0 ? random.nextInt(16) : 0);
    }
    for (int changes = random.nextInt(3); changes > 0; changes--) {
      CHANGES.get(random.nextInt(CHANGES.size())).accept(foreign, random);
    }
    return foreign;
  }

  private static ImportPolicy policy(Random random) {
    ImportPolicy policy =
        random.nextInt(4) == 0 ? ImportPolicy.STRICT.ndim(1, 1).anyDataType() : ANY_TYPE;
    for (int changes = random.nextInt(3); changes > 0; changes--) {
      policy = POLICIES.get(random.nextInt(POLICIES.size())).apply(policy, random);
    }
    return policy;
  }

  private static void assertSame(PlainVector vector, Examination examination) {
    MemorySegment everything = Memory.everything(Arena.global());
    TableTensor one = new TableTensor(vector, vector.dimensions(), everything);
    long[] dimensions = examination.tensor.dimensions();
    TableTensor other = new TableTensor(examination, dimensions, everything);
    assertThat(one.managed()).isEqualTo(other.managed());
    assertThat(one.deleter()).isEqualTo(other.deleter());
    assertThat(one.flags()).isEqualTo(other.flags());
    assertThat(one.isReadOnly()).isEqualTo(other.isReadOnly());
    assertThat(one.segment().address()).isEqualTo(other.segment().address());
    assertThat(one.segment().byteSize()).isEqualTo(other.segment().byteSize());
    assertThat(one.segment().isReadOnly()).isEqualTo(other.isReadOnly());
    assertThat(one.firstElementOffset()).isEqualTo(other.firstElementOffset());
    assertThat(one.view()).isEqualTo(other.view());
    assertThat(vector.hasDimensions(dimensions)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void acceptsWhatMostColumnsAre(Flavour flavour) {
    PlainVector vector = new PlainVector(flavour, ANY_TYPE);
    for (DataType type : List.of(DataType.BOOL, DataType.FLOAT32, DataType.COMPLEX128)) {
      ForeignTensor foreign = ForeignTensor.of(flavour).dataType(type).shape(7).byteOffset(16);
      assertThat(vector.read(foreign.address(), type)).isTrue();
      assertThat(vector.read(foreign.strides(3).address(), type)).isTrue();
      assertThat(vector.byteSize()).isEqualTo(19L * type.bits() / 8);
      assertThat(vector.read(foreign.withoutStrides().address(), type)).isTrue();
      assertThat(vector.read(foreign.address(), DataType.INT32)).isFalse();
    }
  }

  @Test
  void maySayThatItIsReadOnlyOrACopy() {
    PlainVector vector = new PlainVector(Flavour.VERSIONED, ANY_TYPE);
    ForeignTensor foreign = ForeignTensor.versioned().dataType(DataType.INT8).shape(3);
    for (long flags : new long[] {TensorFlags.READ_ONLY, TensorFlags.IS_COPIED}) {
      assertThat(vector.read(foreign.flags(flags).address(), DataType.INT8)).isTrue();
      assertThat(vector.flags).isEqualTo(flags);
      assertThat(vector.readOnly).isEqualTo(flags == TensorFlags.READ_ONLY);
    }
  }

  @Test
  void staysWithinTheAddressSpace() {
    PlainVector vector = new PlainVector(Flavour.VERSIONED, ANY_TYPE);
    long last = Long.MAX_VALUE - 4096;
    ForeignTensor foreign = ForeignTensor.versioned().dataType(DataType.INT8).data(last);
    assertThat(vector.read(foreign.shape(4096).address(), DataType.INT8)).isTrue();
    assertThat(vector.read(foreign.shape(4097).address(), DataType.INT8)).isFalse();
    foreign.shape(8192).byteOffset(Long.MAX_VALUE);
    assertThat(vector.read(foreign.address(), DataType.INT8)).isFalse();
  }

  @Test
  void isWhereAStructCanBe() {
    PlainVector vector = new PlainVector(Flavour.VERSIONED, ANY_TYPE);
    ForeignTensor foreign = ForeignTensor.versioned().dataType(DataType.INT8).shape(3);
    MemorySegment copies = Arena.ofAuto().allocate(foreign.struct().byteSize() + 8, 8);
    MemorySegment aligned = copies.asSlice(8);
    MemorySegment misaligned = copies.asSlice(4);
    assertThat(vector.read(aligned.copyFrom(foreign.struct()).address(), DataType.INT8)).isTrue();
    assertThat(vector.read(misaligned.copyFrom(foreign.struct()).address(), DataType.INT8))
        .isFalse();
    assertThat(vector.read(0, DataType.INT8)).isFalse();
  }

  /** A pointer is tried out by the kernel, or not followed. */
  @Test
  void isNotForThoseWhoProbe() {
    ForeignTensor foreign = ForeignTensor.versioned().dataType(DataType.INT8).shape(3);
    PlainVector vector = new PlainVector(Flavour.VERSIONED, ANY_TYPE.probing());
    assertThat(vector.read(foreign.address(), DataType.INT8)).isFalse();
  }

  /** Another thread writes sizes while this one decides. */
  @Test
  void readsASizeOnce() throws InterruptedException {
    ForeignTensor foreign = ForeignTensor.versioned().dataType(DataType.INT8).shape(4);
    AtomicBoolean done = new AtomicBoolean();
    Concurrently.run(
        2,
        thread -> {
          if (thread == 0) {
            try {
              readOverAndOver(foreign);
            } finally {
              done.set(true);
            }
          } else {
            for (int i = 0; !done.get(); i++) {
              long size = NUMBERS[i % NUMBERS.length];
              ValueLayout.JAVA_LONG.varHandle().setOpaque(foreign.shapeMemory(), 0L, size);
            }
          }
        });
  }

  private static void readOverAndOver(ForeignTensor foreign) {
    PlainVector vector = new PlainVector(Flavour.VERSIONED, ANY_TYPE.maxElements(4096));
    for (int round = 0; round < ROUNDS; round++) {
      if (vector.read(foreign.address(), DataType.INT8)) {
        assertThat(vector.elementCount).isBetween(1L, 4096L);
        assertThat(vector.byteSize()).isEqualTo(vector.dimensions()[0]);
      }
    }
  }
}
