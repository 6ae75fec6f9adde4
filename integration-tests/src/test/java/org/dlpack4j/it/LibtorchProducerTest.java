package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.foreign.Libtorch;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.Inspection;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** libtorch as the producer: Java reads what libtorch wrote, where libtorch has it. */
class LibtorchProducerTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  private static Libtorch libtorch;

  @BeforeAll
  static void loadLibtorch() throws IOException {
    Optional<Libtorch> found = Libtorch.loadFromClassPath(Path.of("target/libtorch"));
    assumeTrue(found.isPresent(), "libtorch's natives are published for x86-64 Linux only");
    libtorch = found.get();
  }

  private static Arguments type(String name, DataType type, double... values) {
    return Arguments.of(name, type, values);
  }

  private static DataType float8(int code) {
    return new DataType(code, 8, 1);
  }

  /** PyTorch's name, what it is to DLPack, and some numbers that it holds exactly. */
  static Stream<Arguments> realTypes() {
    double[] reals = {0, -1.5, 0.25, 3, -96};
    return Stream.of(
        type("int8", DataType.INT8, 0, 1, -1, 100, -128),
        type("int16", DataType.INT16, 0, -1, 1000, -32768, 32767),
        type("int32", DataType.INT32, 0, -1, 1 << 20, Integer.MIN_VALUE, Integer.MAX_VALUE),
        type("int64", DataType.INT64, 0, -1, 1L << 40, Long.MIN_VALUE, -(1L << 53)),
        type("uint8", DataType.UINT8, 0, 1, 127, 128, 255),
        type("uint16", DataType.UINT16, 0, 1, 32768, 65535),
        type("uint32", DataType.UINT32, 0, 1, 1L << 31, 0xFFFF_FFFFL),
        type("uint64", DataType.UINT64, 0, 1, 1L << 40, 1L << 53),
        type("float16", DataType.FLOAT16, 0, -1.5, 65504, 0x1p-24, Double.NEGATIVE_INFINITY),
        type("float32", DataType.FLOAT32, 0, -1.5, Float.MAX_VALUE, Float.MIN_VALUE, 0.1f),
        type("float64", DataType.FLOAT64, 0, -1.5, Double.MAX_VALUE, Double.MIN_VALUE, 0.1),
        type("bfloat16", DataType.BFLOAT16, 0, -1.5, 0x1p100, 0x1p-130, Double.NaN),
        type("float8_e4m3fn", float8(Code.FLOAT8_E4M3FN), reals),
        type("float8_e4m3fnuz", float8(Code.FLOAT8_E4M3FNUZ), reals),
        type("float8_e5m2", float8(Code.FLOAT8_E5M2), reals),
        type("float8_e5m2fnuz", float8(Code.FLOAT8_E5M2FNUZ), reals),
        type("float8_e8m0fnu", float8(Code.FLOAT8_E8M0FNU), 1, 0.5, 4, 0x1p100, 0x1p-127));
  }

  @ParameterizedTest
  @MethodSource("realTypes")
  void everyRealTypeIsReadAsItWasConverted(String name, DataType type, double[] values) {
    for (Flavour flavour : Flavour.values()) {
      try (Libtorch.Tensor made = converted(name, values);
          ImportedTensor tensor = adopt(made, flavour)) {
        assertThat(tensor.view().dataType()).isEqualTo(type);
        assertThat(tensor.view().dataAddress()).isEqualTo(made.dataPointer());
        assertThat(tensor.elements().toDoubleArray()).containsExactly(values);
      }
    }
  }

  /** A tensor of the type, filled by libtorch from one of float64. */
  private static Libtorch.Tensor converted(String name, double... values) {
    long[] shape = {values.length};
    Libtorch.Tensor target = libtorch.empty(name, shape, new long[] {1});
    try (Libtorch.Tensor source = libtorch.empty("float64", shape, new long[] {1})) {
      write(source, MemorySegment.ofArray(values));
      target.copyFrom(source);
    }
    return target;
  }

  /** Puts bytes where a tensor begins. */
  private static void write(Libtorch.Tensor tensor, MemorySegment bytes) {
    MemorySegment.ofAddress(tensor.dataPointer()).reinterpret(bytes.byteSize()).copyFrom(bytes);
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void boolsAreReadAsTheyWereConverted(Flavour flavour) {
    try (Libtorch.Tensor made = converted("bool", 0, 1, -7, 0.5, 0);
        ImportedTensor tensor = adopt(made, flavour)) {
      assertThat(tensor.view().dataType()).isEqualTo(DataType.BOOL);
      assertThat(tensor.elements().toBooleanArray())
          .containsExactly(false, true, true, true, false);
    }
  }

  static Stream<Arguments> complexTypes() {
    return Stream.of(
        Arguments.of("complex32", new DataType(Code.COMPLEX, 32, 1)),
        Arguments.of("complex64", DataType.COMPLEX64),
        Arguments.of("complex128", DataType.COMPLEX128));
  }

  @ParameterizedTest
  @MethodSource("complexTypes")
  void complexNumbersAreReadAsTheyWereConverted(String name, DataType type) {
    double[] pairs = {1, -2, 0.5, 0, -3, 96};
    try (Libtorch.Tensor source = libtorch.empty("complex128", new long[] {3}, new long[] {1});
        Libtorch.Tensor made = libtorch.empty(name, new long[] {3}, new long[] {1})) {
      write(source, MemorySegment.ofArray(pairs));
      made.copyFrom(source);
      for (Flavour flavour : Flavour.values()) {
        try (ImportedTensor tensor = adopt(made, flavour)) {
          assertThat(tensor.view().dataType()).isEqualTo(type);
          TensorElements elements = tensor.elements();
          assertThat(elements.real().toDoubleArray()).containsExactly(1, 0.5, -3);
          assertThat(elements.imaginary().toDoubleArray()).containsExactly(-2, 0, 96);
        }
      }
    }
  }

  /** Two to a byte are a type of two lanes to libtorch, which the policy must allow. */
  @ParameterizedTest
  @EnumSource(Flavour.class)
  void pairsOfFourBitFloatsAreReadAsLanes(Flavour flavour) {
    String name = "float4_e2m1fn_x2";
    try (Libtorch.Tensor made = libtorch.empty(name, new long[] {2}, new long[] {1})) {
      // 0.5 is 0b0001, 6.0 is 0b0111, -1.5 is 0b1011, 1.0 is 0b0010.
      byte[] bytes = {0b0111_0001, (byte) 0b0010_1011};
      write(made, MemorySegment.ofArray(bytes));
      TensorImporter lanes = importerOf(flavour).with(ImportPolicy.DEFAULT.allowLanes());
      try (ImportedTensor tensor = lanes.adopt(export(made, flavour))) {
        assertThat(tensor.view().dataType()).isEqualTo(new DataType(Code.FLOAT4_E2M1FN, 4, 2));
        assertThat(tensor.elements().layout().shape()).containsExactly(2, 2);
        assertThat(tensor.elements().toDoubleArray()).containsExactly(0.5, 6, -1.5, 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void slicesAndTransposesAreWalkedAsLibtorchWalksThem(Flavour flavour) {
    try (Libtorch.Tensor whole = numbers(48);
        Libtorch.Tensor part = whole.view(new long[] {2, 3}, new long[] {3, 16}, 10);
        ImportedTensor tensor = adopt(part, flavour)) {
      assertThat(tensor.view().dataAddress()).isEqualTo(whole.dataPointer() + 10 * Double.BYTES);
      assertThat(tensor.view().layout().isContiguous()).isFalse();
      double[] values = tensor.elements().toDoubleArray();
      assertThat(values).containsExactly(10, 26, 42, 13, 29, 45);
      assertThat(Arrays.stream(values).sum()).isEqualTo(part.sum());
      part.negateInPlace();
      assertThat(tensor.elements().getDouble(1, 2)).isEqualTo(-45);
      assertThat(tensor.isReadOnly()).isEqualTo(flavour == Flavour.LEGACY);
    }
  }

  /** The numbers from 0 on. */
  private static Libtorch.Tensor numbers(int count) {
    Libtorch.Tensor tensor = libtorch.empty("float64", new long[] {count}, new long[] {1});
    double[] values = IntStream.range(0, count).asDoubleStream().toArray();
    write(tensor, MemorySegment.ofArray(values));
    return tensor;
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void expandedTensorsAreReadOnly(Flavour flavour) {
    try (Libtorch.Tensor row = numbers(3);
        Libtorch.Tensor expanded = row.view(new long[] {4, 3}, new long[] {0, 1}, 0);
        ImportedTensor tensor = adopt(expanded, flavour)) {
      assertThat(tensor.isReadOnly()).isTrue();
      assertThat(tensor.segment().byteSize()).isEqualTo(3 * Double.BYTES);
      double[] values = tensor.elements().toDoubleArray();
      assertThat(values).containsExactly(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2);
      assertThat(Arrays.stream(values).sum()).isEqualTo(expanded.sum());
    }
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void scalarsAndEmptyTensorsComeThrough(Flavour flavour) {
    long[] none = {};
    try (Libtorch.Tensor memory = numbers(6);
        Libtorch.Tensor scalar = memory.view(none, none, 5);
        Libtorch.Tensor empty = memory.view(new long[] {2, 0}, new long[] {1, 1}, 0)) {
      try (ImportedTensor tensor = adopt(scalar, flavour)) {
        assertThat(tensor.view().layout().ndim()).isZero();
        assertThat(tensor.elements().getDouble()).isEqualTo(5);
      }
      try (ImportedTensor tensor = adopt(empty, flavour)) {
        assertThat(tensor.view().layout().shape()).containsExactly(2, 0);
        assertThat(tensor.elements().toDoubleArray()).isEmpty();
      }
    }
  }

  @Test
  void manyDimensionsComeThrough() {
    long[] shape = new long[64];
    Arrays.fill(shape, 1);
    shape[5] = 3;
    long[] strides = new long[64];
    Arrays.fill(strides, 1);
    try (Libtorch.Tensor memory = numbers(3);
        Libtorch.Tensor view = memory.view(shape, strides, 0);
        ImportedTensor tensor = adopt(view, Flavour.VERSIONED)) {
      assertThat(tensor.view().layout().shape()).containsExactly(shape);
      assertThat(tensor.elements().toDoubleArray()).containsExactly(0, 1, 2);
    }
  }

  /** The memory stays when libtorch's own handle goes, and Java is the last to have it. */
  @ParameterizedTest
  @EnumSource(Flavour.class)
  void aTensorOutlivesTheHandleThatItWasMadeFrom(Flavour flavour) throws InterruptedException {
    Arena arena = Arena.ofShared();
    MemorySegment memory = arena.allocateFrom(JAVA_LONG, 1, 2, 3);
    Owner owner = Owner.closing(arena);
    Libtorch.Tensor made = lent(TensorView.of(memory, DataType.INT64, 3), owner);
    ImportedTensor tensor = adopt(made, flavour);
    made.close();

    Exports.releasePending();
    assertThat(arena.scope().isAlive()).isTrue();
    assertThat(tensor.view().dataAddress()).isEqualTo(memory.address());
    assertThat(tensor.elements().toLongArray()).containsExactly(1, 2, 3);
    tensor.close();
    assertThat(Exports.awaitReleased(owner, SOON)).isTrue();
    assertThat(arena.scope().isAlive()).isFalse();
  }

  private static Libtorch.Tensor lent(TensorView view, Owner owner) {
    return libtorch.fromDlpackVersioned(TensorExporter.export(view, owner).transferOutAddress());
  }

  /** Java, libtorch, Java, libtorch: each holds the one before. */
  @ParameterizedTest
  @EnumSource(Flavour.class)
  void ofAChainTheFirstOwnerIsReleasedOnceAtTheVeryEnd(Flavour flavour)
      throws InterruptedException {
    AtomicInteger releases = new AtomicInteger();
    MemorySegment memory = Arena.global().allocateFrom(JAVA_DOUBLE, 1, 2, 4, 8);
    Owner first = Owner.nonBlocking(releases::incrementAndGet);
    Libtorch.Tensor inner = lent(TensorView.of(memory, DataType.FLOAT64, 4), first);
    ImportPolicy writable = ImportPolicy.DEFAULT.assumeWritable();
    ImportedTensor imported = importerOf(flavour).with(writable).adopt(export(inner, flavour));
    TensorView whole = imported.view();
    TensorView part = whole.withLayout(whole.layout().slice(0, 1, 4, 2));
    Owner second = imported.intoOwner();
    Libtorch.Tensor outer = lent(part, second);

    assertThat(outer.dataPointer()).isEqualTo(memory.address() + Double.BYTES);
    assertThat(outer.sum()).isEqualTo(2 + 8);
    inner.close();
    Exports.releasePending();
    assertThat(releases).hasValue(0);
    outer.close();

    assertThat(Exports.awaitReleased(second, SOON)).isTrue();
    assertThat(Exports.awaitReleased(first, SOON)).isTrue();
    assertThat(releases).hasValue(1);
  }

  @Test
  void whatIsGivenAwayAgainIsLibtorchsOwn() {
    try (Libtorch.Tensor made = numbers(4)) {
      MemorySegment exported = export(made, Flavour.VERSIONED);
      MemorySegment out = TensorImporter.versioned().adopt(exported).transferOut();
      assertThat(out.address()).isEqualTo(exported.address());
      try (Libtorch.Tensor back = libtorch.fromDlpackVersioned(out.address())) {
        assertThat(back.dataPointer()).isEqualTo(made.dataPointer());
        assertThat(back.sum()).isEqualTo(6);
      }
    }
  }

  @Test
  void aStrictPolicyHasNothingToSayAgainstLibtorch() {
    try (Libtorch.Tensor made = numbers(4)) {
      MemorySegment exported = export(made, Flavour.VERSIONED);
      TensorImporter strict = TensorImporter.versioned().with(ImportPolicy.STRICT.probing());
      Inspection inspection = strict.inspect(exported);
      assertThat(inspection.violations()).isEmpty();
      assertThat(inspection.version().orElseThrow().major()).isOne();
      strict.adopt(exported).close();
    }
  }

  private static ImportedTensor adopt(Libtorch.Tensor tensor, Flavour flavour) {
    return importerOf(flavour).adopt(export(tensor, flavour));
  }

  private static MemorySegment export(Libtorch.Tensor tensor, Flavour flavour) {
    return MemorySegment.ofAddress(
        flavour == Flavour.VERSIONED
            ? libtorch.toDlpackVersioned(tensor)
            : libtorch.toDlpackLegacy(tensor));
  }

  private static TensorImporter importerOf(Flavour flavour) {
    return flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
  }
}
