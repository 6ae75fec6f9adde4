package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.foreign.Libtorch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** libtorch as the consumer: what it sees is what Java has, where Java has it. */
class LibtorchTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int BYTES = 1024;

  private static Libtorch libtorch;

  @BeforeAll
  static void loadLibtorch() throws IOException {
    Optional<Libtorch> found = Libtorch.loadFromClassPath(Path.of("target/libtorch"));
    assumeTrue(found.isPresent(), "libtorch's natives are published for x86-64 Linux only");
    libtorch = found.get();
  }

  static Stream<DataType> typesOfLibtorch() {
    return Stream.of(
        DataType.INT8,
        DataType.INT16,
        DataType.INT32,
        DataType.INT64,
        DataType.UINT8,
        DataType.UINT16,
        DataType.UINT32,
        DataType.UINT64,
        DataType.FLOAT16,
        DataType.FLOAT32,
        DataType.FLOAT64,
        DataType.BFLOAT16,
        DataType.COMPLEX64,
        DataType.COMPLEX128,
        DataType.BOOL,
        new DataType(DataType.Code.FLOAT8_E4M3FN, 8, 1),
        new DataType(DataType.Code.FLOAT8_E5M2, 8, 1));
  }

  @ParameterizedTest
  @MethodSource("typesOfLibtorch")
  void seesEveryTypeAtItsAddressAndDeletesOnce(DataType type) throws Exception {
    for (Flavour flavour : Flavour.values()) {
      AtomicInteger releases = new AtomicInteger();
      Owner owner = Owner.nonBlocking(releases::incrementAndGet);
      MemorySegment memory = Arena.global().allocate(BYTES, 64);
      long rows = BYTES * 8L / type.elementBits();
      try (Libtorch.Tensor tensor = adopt(TensorView.of(memory, type, rows), owner, flavour)) {
        assertThat(tensor.dataPointer()).isEqualTo(memory.address());
        assertThat(releases).hasValue(0);
      }
      assertThat(Exports.awaitReleased(owner, SOON)).isTrue();
      assertThat(releases).hasValue(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void walksSlicesAndTransposesWhereTheyLie(Flavour flavour) throws Exception {
    MemorySegment memory = Arena.global().allocate(JAVA_DOUBLE, 6 * 8);
    for (long i = 0; i < 6 * 8; i++) {
      memory.setAtIndex(JAVA_DOUBLE, i, (double) i);
    }
    TensorLayout layout = TensorLayout.contiguous(6, 8).slice(0, 1, 6, 2).slice(1, 2, 8, 3);
    TensorView view = TensorView.of(memory, DataType.FLOAT64, layout.transpose());
    Owner owner = Owner.reachable(memory);

    try (Libtorch.Tensor tensor = adopt(view, owner, flavour)) {
      assertThat(tensor.dataPointer()).isEqualTo(memory.address() + (8 + 2) * 8);
      assertThat(tensor.sum()).isEqualTo(10.0 + 13 + 26 + 29 + 42 + 45);
      tensor.negateInPlace();
    }

    assertThat(memory.getAtIndex(JAVA_DOUBLE, 29)).isEqualTo(-29);
    assertThat(memory.getAtIndex(JAVA_DOUBLE, 28)).isEqualTo(28);
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void readsScalarsEmptyTensorsAndManyDimensions(Flavour flavour) {
    MemorySegment memory = Arena.global().allocate(JAVA_DOUBLE, 1);
    memory.set(JAVA_DOUBLE, 0, 2.5);
    Owner owner = Owner.reachable(memory);
    long[] twelve = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

    assertThat(sum(TensorView.of(memory, DataType.FLOAT64), owner, flavour)).isEqualTo(2.5);
    assertThat(sum(TensorView.of(memory, DataType.FLOAT64, 3, 0), owner, flavour)).isZero();
    assertThat(sum(TensorView.of(memory, DataType.FLOAT64, twelve), owner, flavour)).isEqualTo(2.5);
  }

  @Test
  void copiesToTheSameRowMajorBytes() {
    MemorySegment memory = Arena.global().allocate(JAVA_DOUBLE, 300 * 70);
    for (long i = 0; i < 300 * 70; i++) {
      memory.setAtIndex(JAVA_DOUBLE, i, (double) i);
    }
    TensorLayout layout = TensorLayout.contiguous(300, 70).slice(0, 3, 300, 2).transpose();
    TensorElements from = TensorElements.of(memory, DataType.FLOAT64, layout);
    TensorView view = TensorView.of(memory, DataType.FLOAT64, layout);

    try (Libtorch.Tensor tensor = adopt(view, Owner.reachable(memory), Flavour.VERSIONED);
        Libtorch.Tensor theirs = tensor.contiguous();
        Libtorch.Tensor ours = adopt(Copies.contiguous(from).export(), Flavour.VERSIONED)) {
      assertThat(theirs.dataPointer()).isNotEqualTo(tensor.dataPointer());
      assertThat(doubles(ours, layout)).isEqualTo(doubles(theirs, layout));
    }
  }

  private static double[] doubles(Libtorch.Tensor tensor, TensorLayout layout) {
    return MemorySegment.ofAddress(tensor.dataPointer())
        .reinterpret(layout.elementCount() * Double.BYTES)
        .toArray(JAVA_DOUBLE);
  }

  @Test
  void keepsASharedOwnerUntilTheLastTensorGoes() throws Exception {
    Arena arena = Arena.ofShared();
    MemorySegment memory = arena.allocate(JAVA_DOUBLE, 10);
    SharedOwner owner = Owner.closing(arena).shared();
    TensorView view = TensorView.of(memory, DataType.FLOAT64, 10);
    Libtorch.Tensor first = adopt(TensorExporter.export(view, owner), Flavour.VERSIONED);
    Libtorch.Tensor second = adopt(TensorExporter.exportLegacy(view, owner), Flavour.LEGACY);
    owner.close();

    first.close();
    Exports.releasePending();
    assertThat(memory.scope().isAlive()).isTrue();
    second.close();

    assertThat(Exports.awaitReleased(owner, SOON)).isTrue();
    assertThat(memory.scope().isAlive()).isFalse();
  }

  private static double sum(TensorView view, Owner owner, Flavour flavour) {
    try (Libtorch.Tensor tensor = adopt(view, owner, flavour)) {
      return tensor.sum();
    }
  }

  private static Libtorch.Tensor adopt(TensorView view, Owner owner, Flavour flavour) {
    return adopt(
        flavour == Flavour.VERSIONED
            ? TensorExporter.export(view, owner)
            : TensorExporter.exportLegacy(view, owner),
        flavour);
  }

  private static Libtorch.Tensor adopt(ExportedTensor tensor, Flavour flavour) {
    long managed = tensor.transferOutAddress();
    return flavour == Flavour.VERSIONED
        ? libtorch.fromDlpackVersioned(managed)
        : libtorch.fromDlpackLegacy(managed);
  }
}
