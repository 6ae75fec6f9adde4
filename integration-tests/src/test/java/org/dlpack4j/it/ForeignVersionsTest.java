package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.Inspection;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.importing.Violation.Code;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors of producers that know more, or less, than DLPack 1.3. */
@Tag("abuse-19")
class ForeignVersionsTest {

  private static final MemorySegment DATA = HostileProducer.map(64);
  private static final DataType UNKNOWN_TYPE = new DataType(200, 24, 3);
  private static final Device UNKNOWN_DEVICE = new Device(99, -7);
  private static final long UNKNOWN_FLAGS = 0x8000_0000_0000_0F01L;

  /** All that may be read of another major version: up to and with the flags. */
  private static final long STABLE_BYTES = 32;

  private static HostileFields unknown(Flavour flavour) {
    return HostileFields.of(flavour, DATA, DataType.INT8, 2)
        .dataType(UNKNOWN_TYPE)
        .device(UNKNOWN_DEVICE)
        .flags(UNKNOWN_FLAGS);
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void codesThatNobodyKnowsAreInspectedAsTheyAre(Flavour flavour) {
    HostileTensor tensor = unknown(flavour).make();
    Inspection inspection = importerOf(flavour).inspect(tensor.managed());

    assertThat(inspection.dataType()).isEqualTo(UNKNOWN_TYPE);
    assertThat(inspection.device()).isEqualTo(UNKNOWN_DEVICE);
    assertThat(inspection.flags()).isEqualTo(flavour == Flavour.LEGACY ? 0 : UNKNOWN_FLAGS);
    assertThat(inspection.violations())
        .extracting(violation -> violation.code())
        .contains(Code.DATA_TYPE_NOT_ALLOWED, Code.DEVICE_NOT_ALLOWED);
    assertThat(tensor.deletes()).isZero();
    tensor.delete();
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void aPolicyMayLetThemThroughToAnotherConsumer(Flavour flavour) {
    HostileTensor tensor = unknown(flavour).make();
    ImportPolicy anything =
        ImportPolicy.DEFAULT.anyDataType().anyDevice().onlyFlags(-1).allowLanes();
    ImportedTensor imported = importerOf(flavour).with(anything).adopt(tensor.managed());

    assertThat(imported.view().dataType()).isEqualTo(UNKNOWN_TYPE);
    assertThat(imported.view().device()).isEqualTo(UNKNOWN_DEVICE);
    assertThat(imported.view().dataAddress()).isEqualTo(DATA.address());
    assertThat(imported.flags()).isEqualTo(flavour == Flavour.LEGACY ? 0 : UNKNOWN_FLAGS);
    MemorySegment out = imported.transferOut();

    assertThat(out.address()).isEqualTo(tensor.address());
    assertThat(importerOf(flavour).inspect(out).dataType()).isEqualTo(UNKNOWN_TYPE);
    tensor.delete();
    assertThat(tensor.deletes()).isOne();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, -1})
  void ofAnotherMajorVersionOnlyTheStablePartIsRead(int major) {
    HostileFields fields =
        HostileFields.of(Flavour.VERSIONED, DATA, DataType.INT8, 64)
            .set("major", major)
            .set("minor", 5)
            .flags(6);
    HostileTensor tensor = fields.makeCutOff(STABLE_BYTES);
    TensorImporter importer = TensorImporter.versioned();

    Inspection inspection = importer.inspect(tensor.managed());
    assertThat(inspection.version()).contains(new DlpackVersion(major, 5));
    assertThat(inspection.flags()).isEqualTo(6);
    assertThat(inspection.deleter()).isNotZero();
    assertThat(inspection.hasTensor()).isFalse();
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> importer.adopt(tensor.managed()))
        .withMessageContaining("version: expected 1.x but found");
    assertThat(tensor.deletes()).isZero();
    importer.discard(tensor.managed());
    assertThat(tensor.deletes()).isOne();

    HostileTensor other = fields.makeCutOff(STABLE_BYTES);
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> importer.with(ImportPolicy.PROBED).adoptOrDiscard(other.managed()));
    assertThat(other.deletes()).isOne();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 4, 1_000, Integer.MAX_VALUE, -1})
  void everyMinorVersionOfOursIsAdopted(int minor) {
    for (ImportWay way : ImportWay.values()) {
      HostileTensor tensor =
          HostileFields.of(Flavour.VERSIONED, DATA, DataType.INT8, 64)
              .set("minor", minor)
              .makeGuarded();
      way.adopt(TensorImporter.versioned(), tensor).close();
      assertThat(tensor.deletes()).isOne();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void untilVersion1point2StridesMayBeLeftOut(int minor) {
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, DATA, DataType.INT8, 2, 3, 4)
            .set("minor", minor)
            .set("strides", 0)
            .make();
    try (ImportedTensor imported =
        TensorImporter.versioned().with(ImportPolicy.STRICT).adopt(tensor.managed())) {
      assertThat(imported.view().layout().strides()).containsExactly(12, 4, 1);
    }
  }

  /** The version is unsigned. */
  @Test
  void aMinorVersionBeyondJavasIntegersIsNewerThan1point2() {
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, DATA, DataType.INT8, 2)
            .set("minor", 0xFFFF_FFFFL)
            .set("strides", 0)
            .make();
    assertThat(
            TensorImporter.versioned()
                .with(ImportPolicy.STRICT)
                .inspect(tensor.managed())
                .violations())
        .extracting(violation -> violation.code())
        .containsExactly(Code.MISSING_STRIDES);
  }

  private static TensorImporter importerOf(Flavour flavour) {
    return flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
  }
}
