package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Odd tensors that DLPack allows. */
@Tag("abuse-22")
class EdgeTensorsTest {

  private static final MemorySegment DATA = HostileProducer.map(64);
  private static final MemorySegment CLOSED = HostileProducer.map(64);

  static {
    DATA.set(JAVA_DOUBLE, 0, 2.5);
    HostileProducer.forbidAccess(CLOSED);
  }

  private static TensorImporter importerOf(Flavour flavour) {
    return flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
  }

  static Stream<Arguments> flavoursAndWays() {
    return Stream.of(Flavour.values())
        .flatMap(flavour -> Stream.of(ImportWay.values()).map(way -> Arguments.of(flavour, way)));
  }

  @ParameterizedTest
  @MethodSource("flavoursAndWays")
  void withoutADeleterNothingIsCalled(Flavour flavour, ImportWay way) {
    HostileTensor tensor =
        HostileFields.of(flavour, DATA, DataType.FLOAT64, 8).makeWithoutDeleter();
    for (TensorImporter importer : importers(flavour)) {
      way.adopt(importer, tensor).close();
      way.adoptOrDiscard(importer, tensor).close();
      importer.discard(tensor.managed());
    }
    assertThat(tensor.deletes()).isZero();
    assertThat(importerOf(flavour).inspect(tensor.managed()).deleter()).isZero();
  }

  @ParameterizedTest
  @MethodSource("flavoursAndWays")
  void aScalarNeedsNeitherShapeNorStrides(Flavour flavour, ImportWay way) {
    for (TensorImporter importer : importers(flavour)) {
      HostileTensor tensor = HostileFields.of(flavour, DATA, DataType.FLOAT64).make();
      try (ImportWay.Held held = way.adopt(importer, tensor)) {
        if (held.tensor() instanceof ReusableTensor reusable) {
          assertThat(reusable.ndim()).isZero();
          assertThat(reusable.elementCount()).isOne();
        } else {
          assertThat(held.imported().elements().getDouble()).isEqualTo(2.5);
        }
      }
      assertThat(tensor.deletes()).isOne();
    }
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void aScalarsShapeAndStridesAreNotFollowed(Flavour flavour) {
    for (TensorImporter importer : importers(flavour)) {
      HostileTensor tensor =
          HostileFields.of(flavour, DATA, DataType.FLOAT64)
              .set("shape", CLOSED.address())
              .set("strides", 1)
              .make();
      try (ImportedTensor imported = importer.adopt(tensor.managed())) {
        assertThat(imported.elements().getDouble()).isEqualTo(2.5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("flavoursAndWays")
  void anEmptyTensorNeedsNoData(Flavour flavour, ImportWay way) {
    for (TensorImporter importer : importers(flavour)) {
      HostileTensor tensor =
          HostileFields.of(flavour, MemorySegment.NULL, DataType.FLOAT64, 3, 0).make();
      try (ImportWay.Held held = way.adopt(importer, tensor)) {
        if (held.tensor() instanceof ReusableTensor reusable) {
          assertThat(reusable.elementCount()).isZero();
          assertThat(reusable.dataAddress()).isZero();
        } else {
          assertThat(held.imported().segment().byteSize()).isZero();
          assertThat(held.imported().elements().toDoubleArray()).isEmpty();
        }
      }
      assertThat(tensor.deletes()).isOne();
    }
  }

  /** Emptiness comes first: nothing else about where the data lies means anything then. */
  @ParameterizedTest
  @EnumSource(Flavour.class)
  void anEmptyTensorsDataOffsetAndStridesMayBeAnything(Flavour flavour) {
    for (TensorImporter importer : importers(flavour)) {
      HostileTensor tensor =
          HostileFields.of(flavour, CLOSED, DataType.FLOAT64)
              .shape(7, 0, 9)
              .strides(Long.MIN_VALUE, Long.MAX_VALUE, -1)
              .set("byte_offset", -3)
              .make();
      try (ImportedTensor imported = importer.adopt(tensor.managed())) {
        assertThat(imported.view().layout().isEmpty()).isTrue();
        assertThat(imported.view().layout().shape()).containsExactly(7, 0, 9);
        assertThat(imported.view().dataAddress()).isZero();
        assertThat(imported.elements().toDoubleArray()).isEmpty();
      }
    }
  }

  /** Twice or four times as many parts would be beyond a long, if there were any. */
  @ParameterizedTest
  @EnumSource(Flavour.class)
  void anEmptyTensorsOtherSizesMayBeHugeWhateverItsTypeIs(Flavour flavour) {
    HostileFields fields =
        HostileFields.of(flavour, MemorySegment.NULL, DataType.COMPLEX64)
            .shape(0, Long.MAX_VALUE)
            .set("strides", 0);
    try (ImportedTensor imported = importerOf(flavour).adopt(fields.make().managed())) {
      assertThat(imported.elements().real().toDoubleArray()).isEmpty();
    }
    TensorImporter lanes = importerOf(flavour).with(ImportPolicy.DEFAULT.allowLanes());
    fields.dataType(new DataType(DataType.Code.FLOAT, 32, 4));
    try (ImportedTensor imported = lanes.adopt(fields.make().managed())) {
      assertThat(imported.elements().toDoubleArray()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void stridesOfDimensionsOfOneMeanNothing(Flavour flavour) {
    HostileTensor tensor =
        HostileFields.of(flavour, DATA, DataType.FLOAT64)
            .shape(1, 8, 1)
            .strides(Long.MAX_VALUE, 1, Long.MIN_VALUE)
            .make();
    try (ImportedTensor imported = importerOf(flavour).adopt(tensor.managed())) {
      assertThat(imported.segment().byteSize()).isEqualTo(64);
      assertThat(imported.elements().getDouble(0, 0, 0)).isEqualTo(2.5);
      assertThat(imported.view().layout().isContiguous()).isTrue();
    }
  }

  private static List<TensorImporter> importers(Flavour flavour) {
    TensorImporter plain = importerOf(flavour);
    return List.of(plain, plain.with(ImportPolicy.PROBED));
  }
}
