package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.dlpack4j.importing.ForeignTensor.legacy;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.importing.Violation.Field;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InspectionTest {

  private static Inspection inspect(ForeignTensor tensor) {
    return tensor.importer().inspect(tensor.pointer());
  }

  @Test
  void saysWhatTheFieldsSay() {
    ForeignTensor tensor = versioned().flags(3).byteOffset(8).strides(1, 2);

    Inspection inspection = inspect(tensor);

    assertThat(inspection.violations()).isEmpty();
    assertThat(inspection.hasHeader()).isTrue();
    assertThat(inspection.hasTensor()).isTrue();
    assertThat(inspection.flavour()).isEqualTo(Flavour.VERSIONED);
    assertThat(inspection.version()).contains(new DlpackVersion(1, 3));
    assertThat(inspection.flags()).isEqualTo(3);
    assertThat(inspection.deleter()).isEqualTo(ForeignTensor.DELETER);
    assertThat(inspection.data()).isEqualTo(tensor.data().address());
    assertThat(inspection.byteOffset()).isEqualTo(8);
    assertThat(inspection.device()).isEqualTo(Device.CPU);
    assertThat(inspection.dataType()).isEqualTo(DataType.FLOAT32);
    assertThat(inspection.ndim()).isEqualTo(2);
    assertThat(inspection.shape()).hasValue(new long[] {2, 3});
    assertThat(inspection.strides()).hasValue(new long[] {1, 2});
    assertThat(inspection)
        .hasToString(
            "DLManagedTensorVersioned at 0x%x, version 1.3, flags 0x3, float32, ndim 2, shape [2,"
                + " 3], strides [1, 2] on cpu at 0x%x + 8",
            tensor.address(), tensor.data().address());
    assertThat(tensor.deletions()).isZero();
  }

  @Test
  void saysWhatALegacyOneSays() {
    ForeignTensor tensor = legacy().withoutStrides().deleter(0);

    Inspection inspection = inspect(tensor);

    assertThat(inspection.violations()).isEmpty();
    assertThat(inspection.flavour()).isEqualTo(Flavour.LEGACY);
    assertThat(inspection.version()).isEmpty();
    assertThat(inspection.flags()).isZero();
    assertThat(inspection.deleter()).isZero();
    assertThat(inspection.strides()).isEmpty();
    assertThat(inspection)
        .hasToString(
            "DLManagedTensor at 0x%x, flags 0x0, float32, ndim 2, shape [2, 3] on cpu at 0x%x + 0",
            tensor.address(), tensor.data().address());
  }

  @Test
  void showsEachArrayEvenIfTheOtherCannotBeRead() {
    ForeignTensor shapeless = versioned().strides(7, 5).shapePointer(12);
    assertThat(inspect(shapeless).shape()).isEmpty();
    assertThat(inspect(shapeless).strides()).hasValue(new long[] {7, 5});

    ForeignTensor strideless = versioned().stridesPointer(12);
    assertThat(inspect(strideless).shape()).hasValue(new long[] {2, 3});
    assertThat(inspect(strideless).strides()).isEmpty();
  }

  @Test
  void keepsCodesThatNobodyKnows() {
    Inspection inspection =
        inspect(
            versioned()
                .version(1, 99)
                .flags(-1)
                .dataType(200, 7, 0xFFFF)
                .device(new Device(-5, 1 << 30))
                .byteOffset(-1));

    assertThat(inspection.version()).contains(new DlpackVersion(1, 99));
    assertThat(inspection.flags()).isEqualTo(-1);
    assertThat(inspection.dataType()).isEqualTo(new DataType(200, 7, 0xFFFF));
    assertThat(inspection.device()).isEqualTo(new Device(-5, 1 << 30));
    assertThat(inspection.byteOffset()).isEqualTo(-1);
    assertThat(inspection.toString()).contains(" + 18446744073709551615, refused: [flags: ");
    assertThat(inspection.violations())
        .extracting(Violation::code)
        .contains(Code.FLAGS_NOT_ALLOWED, Code.DATA_TYPE_NOT_ALLOWED, Code.DEVICE_NOT_ALLOWED);
  }

  @Test
  void looksBehindTheFlagsOfOurOwnMajorVersionOnly() {
    ForeignTensor tensor = versioned().version(2, 1).flags(77);

    Inspection inspection = inspect(tensor);

    assertThat(inspection.hasHeader()).isTrue();
    assertThat(inspection.hasTensor()).isFalse();
    assertThat(inspection.version()).contains(new DlpackVersion(2, 1));
    assertThat(inspection.flags()).isEqualTo(77);
    assertThat(inspection.deleter()).isEqualTo(ForeignTensor.DELETER);
    assertThat(inspection.shape()).isEmpty();
    assertThat(inspection.strides()).isEmpty();
    for (Consumer<Inspection> field :
        List.<Consumer<Inspection>>of(
            Inspection::data,
            Inspection::byteOffset,
            Inspection::device,
            Inspection::dataType,
            Inspection::ndim)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> field.accept(inspection))
          .withMessage(
              "inspection: expected fields but found [version: expected 1.x but found 2.1]");
    }
    assertThat(inspection)
        .hasToString(
            "DLManagedTensorVersioned at 0x%x, version 2.1, flags 0x4d, refused: [version: expected"
                + " 1.x but found 2.1]",
            tensor.address());
  }

  @Test
  void hasNothingToSayOfNull() {
    Inspection inspection = TensorImporter.legacy().inspect(MemorySegment.NULL);

    assertThat(inspection.hasHeader()).isFalse();
    assertThat(inspection.hasTensor()).isFalse();
    for (Consumer<Inspection> field :
        List.<Consumer<Inspection>>of(
            Inspection::version, Inspection::flags, Inspection::deleter)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> field.accept(inspection))
          .withMessage(
              "inspection: expected a header but found [managed tensor: expected a pointer but"
                  + " found NULL]");
    }
    assertThat(inspection)
        .hasToString(
            "DLManagedTensor at 0x0, refused: [managed tensor: expected a pointer but found NULL]");
  }

  @Test
  void leavesArraysOutThatItCannotFollow() {
    assertThat(inspect(versioned().shapePointer(4)).shape()).isEmpty();
    assertThat(inspect(versioned().shapePointer(4)).strides()).isPresent();
    assertThat(inspect(versioned().stridesPointer(-8)).strides()).isEmpty();
    assertThat(inspect(versioned().stridesPointer(-8)).shape()).isPresent();
    assertThat(inspect(versioned().ndim(65)).shape()).isEmpty();
    assertThat(inspect(versioned().ndim(-1)).strides()).isEmpty();
    assertThat(inspect(versioned().ndim(0).shapePointer(0)).shape()).hasValue(new long[0]);
  }

  @Test
  void readsAsManyDimensionsAsThePolicyWants() {
    long[] shape = new long[ImportPolicy.MAX_NDIM];
    Arrays.fill(shape, 1);
    shape[127] = 5;
    ForeignTensor tensor = versioned().shape(shape);

    Inspection inspection =
        tensor.importer().with(ImportPolicy.DEFAULT.ndim(0, 128)).inspect(tensor.pointer());

    assertThat(inspection.violations()).isEmpty();
    assertThat(inspection.shape()).hasValue(shape);
    assertThat(inspection.strides().orElseThrow()).hasSize(128).endsWith(5, 1);
  }

  @Test
  void doesNotChangeWithTheStruct() {
    ForeignTensor tensor = versioned();
    Inspection inspection = inspect(tensor);

    tensor.shape(9, 9).flags(1);
    inspection.shape().orElseThrow()[0] = 77;

    assertThat(inspection.shape()).hasValue(new long[] {2, 3});
    assertThat(inspection.flags()).isZero();
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.importing.Refusals#all")
  void saysWhyATensorWouldBeRefusedAndLeavesIt(Refusal refusal) {
    ForeignTensor tensor = refusal.refused();

    Inspection inspection = refusal.importer(tensor).inspect(tensor.pointer());

    assertThat(inspection.violations())
        .singleElement()
        .extracting(Violation::code)
        .isEqualTo(refusal.code());
    assertThat(inspection.toString()).endsWith(", refused: [" + refusal.message(tensor) + "]");
    assertThat(inspection.hasHeader()).isEqualTo(refusal.field() != Field.MANAGED);
    assertThat(tensor.deletions()).isZero();
  }
}
