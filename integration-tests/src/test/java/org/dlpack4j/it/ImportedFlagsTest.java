package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the flags of a foreign tensor promise and forbid. */
@Tag("abuse-21")
class ImportedFlagsTest {

  private static final TensorImporter VERSIONED = TensorImporter.versioned();

  @ParameterizedTest
  @EnumSource(
      value = ImportWay.class,
      names = {"CONFINED", "SHARED", "ARENA"})
  void aReadOnlyTensorIsReadAndNeverWritten(ImportWay way) {
    MemorySegment data = HostileProducer.mapOf((byte) 1, (byte) 2, (byte) 3, (byte) 4);
    HostileProducer.forbidWriting(data);
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, data, DataType.UINT8, 4)
            .flags(TensorFlags.READ_ONLY)
            .make();
    try (ImportWay.Held held = way.adopt(VERSIONED, tensor)) {
      assertReadOnly(held.imported());
      assertThat(held.imported().elements().toByteArray()).containsExactly(1, 2, 3, 4);
    }
  }

  private static void assertReadOnly(ImportedTensor tensor) {
    assertThat(tensor.isReadOnly()).isTrue();
    assertThat(tensor.view().readOnly()).isTrue();
    assertThat(tensor.segment().isReadOnly()).isTrue();
    assertThat(tensor.segment().asByteBuffer().isReadOnly()).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tensor.segment().set(JAVA_BYTE, 0, (byte) 9));
    assertThatIllegalArgumentException().isThrownBy(() -> tensor.segment().fill((byte) 9));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tensor.segment().asSlice(0, 1).set(JAVA_BYTE, 0, (byte) 9));
    assertThatIllegalArgumentException().isThrownBy(() -> tensor.elements().setLong(9, 0));
  }

  @Test
  void aLegacyTensorIsReadOnlyUnlessTheCallerAnswersForIt() {
    MemorySegment data = HostileProducer.mapOf((byte) 1, (byte) 2, (byte) 3, (byte) 4);
    HostileFields fields = HostileFields.of(Flavour.LEGACY, data, DataType.UINT8, 4);
    HostileProducer.forbidWriting(data);
    try (ImportedTensor tensor = TensorImporter.legacy().adopt(fields.make().managed())) {
      assertReadOnly(tensor);
    }
    MemorySegment writable = HostileProducer.mapOf((byte) 1, (byte) 2);
    HostileTensor other = HostileFields.of(Flavour.LEGACY, writable, DataType.UINT8, 2).make();
    TensorImporter trusting = TensorImporter.legacy().with(ImportPolicy.DEFAULT.assumeWritable());
    try (ImportedTensor tensor = trusting.adopt(other.managed())) {
      tensor.elements().setLong(9, 1);
    }
    assertThat(writable.toArray(JAVA_BYTE)).containsExactly(1, 9);
  }

  @Test
  void elementsThatSeveralIndicesShareAreReadOnly() {
    MemorySegment data = HostileProducer.mapOf((byte) 1, (byte) 2);
    HostileProducer.forbidWriting(data);
    HostileFields fields = HostileFields.of(Flavour.VERSIONED, data, DataType.UINT8);
    HostileTensor broadcast = fields.shape(3, 2).strides(0, 1).make();
    try (ImportedTensor tensor = VERSIONED.adopt(broadcast.managed())) {
      assertReadOnly(tensor);
      assertThat(tensor.elements().toByteArray()).containsExactly(1, 2, 1, 2, 1, 2);
    }
    HostileTensor window = fields.shape(2, 1).strides(1, 1).make();
    try (ImportedTensor tensor = VERSIONED.adopt(window.managed())) {
      assertThat(tensor.isReadOnly()).isFalse();
    }
  }

  @Test
  void aTensorThatMayBeWrittenIs() {
    MemorySegment data = HostileProducer.mapOf((byte) 1, (byte) 2);
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, data, DataType.UINT8, 2)
            .flags(TensorFlags.IS_COPIED)
            .make();
    try (ImportedTensor imported = VERSIONED.adopt(tensor.managed())) {
      assertThat(imported.isReadOnly()).isFalse();
      assertThat(imported.flags()).isEqualTo(TensorFlags.IS_COPIED);
      imported.segment().set(JAVA_BYTE, 1, (byte) 7);
    }
    assertThat(data.toArray(JAVA_BYTE)).containsExactly(1, 7);
  }

  @Test
  void fourBitIntegersArePackedTheLowestFirstOrPadded() {
    MemorySegment packed = HostileProducer.mapOf((byte) 0x21, (byte) 0xF8);
    assertThat(read(packed, DataType.INT4, 0, 4)).containsExactly(1, 2, -8, -1);
    assertThat(read(packed, DataType.UINT4, 0, 4)).containsExactly(1, 2, 8, 15);
    assertThat(read(packed, DataType.UINT4, 0, 3)).containsExactly(1, 2, 8);
    MemorySegment padded = HostileProducer.mapOf((byte) 0x01, (byte) 0x0F);
    long flag = TensorFlags.IS_SUBBYTE_TYPE_PADDED;
    assertThat(read(padded, DataType.INT4, flag, 2)).containsExactly(1, -1);
    assertThat(read(padded, DataType.UINT4, flag, 2)).containsExactly(1, 15);
  }

  @Test
  void singleBitsArePackedTheLowestFirstOrPadded() {
    DataType bit = new DataType(Code.UINT, 1, 1);
    MemorySegment packed = HostileProducer.mapOf((byte) 0b1010_0110, (byte) 0b01);
    assertThat(read(packed, bit, 0, 9)).containsExactly(0, 1, 1, 0, 0, 1, 0, 1, 1);
    MemorySegment padded = HostileProducer.mapOf((byte) 1, (byte) 0, (byte) 1);
    assertThat(read(padded, bit, TensorFlags.IS_SUBBYTE_TYPE_PADDED, 3)).containsExactly(1, 0, 1);
  }

  @Test
  void sixBitFloatsArePackedAcrossBytesOrPadded() {
    DataType type = new DataType(Code.FLOAT6_E2M3FN, 6, 1);
    // 1.0 is 0b001000, 7.5 is 0b011111, -1.0 is 0b101000, 0.125 is 0b000001.
    int bits = 0b001000 | 0b011111 << 6 | 0b101000 << 12 | 0b000001 << 18;
    MemorySegment packed =
        HostileProducer.mapOf((byte) bits, (byte) (bits >>> 8), (byte) (bits >>> 16));
    assertThat(read(packed, type, 0, 4)).containsExactly(1, 7.5, -1, 0.125);
    MemorySegment padded = HostileProducer.mapOf((byte) 0b001000, (byte) 0b011111);
    assertThat(read(padded, type, TensorFlags.IS_SUBBYTE_TYPE_PADDED, 2)).containsExactly(1, 7.5);
  }

  @Test
  void fourBitFloatsArePackedOrPadded() {
    DataType type = new DataType(Code.FLOAT4_E2M1FN, 4, 1);
    // 0.5 is 0b0001, 6.0 is 0b0111, -1.5 is 0b1011.
    MemorySegment packed = HostileProducer.mapOf((byte) 0b0111_0001, (byte) 0b1011);
    assertThat(read(packed, type, 0, 3)).containsExactly(0.5, 6, -1.5);
    MemorySegment padded = HostileProducer.mapOf((byte) 0b0001, (byte) 0b1011);
    assertThat(read(padded, type, TensorFlags.IS_SUBBYTE_TYPE_PADDED, 2))
        .containsExactly(0.5, -1.5);
  }

  /** The memory ends at a page that faults: a byte too much ends the process. */
  private static double[] read(MemorySegment data, DataType type, long flags, long count) {
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, data, type, count).flags(flags).make();
    try (ImportedTensor imported = VERSIONED.adopt(tensor.managed())) {
      long bits = type.strideBits(flags != 0) * count;
      assertThat(imported.segment().byteSize()).isEqualTo((bits + 7) / 8);
      return imported.elements().toDoubleArray();
    } finally {
      assertThat(tensor.deletes()).isOne();
    }
  }
}
