package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.util.TransferPair;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Vectors as one tensor. */
@ExtendWith(ArrowMemory.class)
class ArrowExporterTest {

  private static final ArrowExporter EXPORTER = ArrowExporter.versioned();

  private static ImportedTensor adopted(ExportedTensor tensor) {
    return TensorImporter.versioned().adopt(tensor.transferOut());
  }

  private static Float4Vector floats(BufferAllocator allocator, float... values) {
    Float4Vector vector = new Float4Vector("x", allocator);
    vector.allocateNew(values.length);
    for (int i = 0; i < values.length; i++) {
      vector.set(i, values[i]);
    }
    vector.setValueCount(values.length);
    return vector;
  }

  @Test
  void aConsumerSeesTheVectorsOwnBytesAndKeepsThemWhenItIsClosed(BufferAllocator allocator) {
    ImportedTensor tensor;
    try (Float4Vector vector = floats(allocator, 1.5f, -2, Float.NaN)) {
      tensor = adopted(EXPORTER.export(vector));
      assertThat(tensor.segment().address()).isEqualTo(vector.getDataBufferAddress());
      vector.set(1, 7);
    }
    assertThat(tensor.elements().getDouble(0)).isEqualTo(1.5);
    assertThat(tensor.elements().getDouble(1)).isEqualTo(7);
    assertThat(tensor.elements().getDouble(2)).isNaN();
    assertThat(ArrowExports.outstanding(allocator)).containsExactly("x");
    tensor.close();
  }

  @ParameterizedTest
  @MethodSource
  void numbersOfEveryTypeCross(ArrowType type, DataType expected, BufferAllocator allocator) {
    Field field = new Field("n", FieldType.nullable(type), null);
    try (FieldVector vector = field.createVector(allocator)) {
      vector.setInitialCapacity(3);
      vector.allocateNew();
      int width = expected.bits() / Byte.SIZE;
      for (int i = 0; i < 3 * width; i++) {
        vector.getDataBuffer().setByte(i, i + 1);
      }
      vector.getValidityBuffer().setByte(0, 7);
      vector.setValueCount(3);

      try (ImportedTensor tensor = adopted(EXPORTER.export(vector))) {
        TensorView view = tensor.view();
        assertThat(view.dataType()).isEqualTo(expected);
        assertThat(view.layout().shape()).containsExactly(3);
        assertThat(view.readOnly()).isFalse();
        assertThat(view.dataAddress()).isEqualTo(vector.getDataBufferAddress());
        assertThat(tensor.segment().byteSize()).isEqualTo(3L * width);
      }
    }
  }

  static Stream<Arguments> numbersOfEveryTypeCross() {
    return ArrowTypes.numbers().entrySet().stream()
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @Test
  void bytesOfOneWidthHaveADimensionOfTheirOwn(BufferAllocator allocator) {
    try (FixedSizeBinaryVector vector = new FixedSizeBinaryVector("b", allocator, 3)) {
      vector.allocateNew(2);
      vector.set(0, new byte[] {1, 2, 3});
      vector.set(1, new byte[] {4, 5, 6});
      vector.setValueCount(2);

      try (ImportedTensor tensor = adopted(EXPORTER.export(vector))) {
        assertThat(tensor.view().layout().shape()).containsExactly(2, 3);
        assertThat(tensor.elements().getLong(1, 2)).isEqualTo(6);
      }
    }
  }

  /** Of int32, lists in lists; filled with 0, 1, 2, …. */
  static FixedSizeListVector lists(BufferAllocator allocator, int rows, int... sizes) {
    Field field = new Field("$data$", FieldType.nullable(new ArrowType.Int(32, true)), null);
    for (int i = sizes.length - 1; i >= 0; i--) {
      ArrowType type = new ArrowType.FixedSizeList(sizes[i]);
      field = new Field(i == 0 ? "m" : "$data$", FieldType.nullable(type), List.of(field));
    }
    FixedSizeListVector outermost = (FixedSizeListVector) field.createVector(allocator);
    FieldVector inner = outermost;
    int count = rows;
    outermost.setInitialCapacity(rows);
    outermost.allocateNew();
    while (inner instanceof FixedSizeListVector list) {
      for (int i = 0; i < count; i++) {
        list.setNotNull(i);
      }
      count *= list.getListSize();
      inner = list.getDataVector();
    }
    IntVector numbers = (IntVector) inner;
    for (int i = 0; i < count; i++) {
      numbers.setSafe(i, i);
    }
    outermost.setValueCount(rows);
    return outermost;
  }

  @Test
  void listsOfOneLengthAreDimensions(BufferAllocator allocator) {
    try (FixedSizeListVector vector = lists(allocator, 5, 2, 3)) {
      try (ImportedTensor tensor = adopted(EXPORTER.export(vector))) {
        assertThat(tensor.view().layout().shape()).containsExactly(5, 2, 3);
        assertThat(tensor.elements().getLong(4, 1, 2)).isEqualTo(29);
      }
    }
  }

  @Test
  void aSliceThatArrowLeftInPlaceIsExportedInPlace(BufferAllocator allocator) {
    try (Float4Vector vector = floats(allocator, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)) {
      TransferPair pair = vector.getTransferPair(allocator);
      pair.splitAndTransfer(3, 4);
      try (Float4Vector slice = (Float4Vector) pair.getTo();
          ImportedTensor tensor = adopted(EXPORTER.export(slice))) {
        assertThat(tensor.segment().address()).isEqualTo(vector.getDataBufferAddress() + 12);
        assertThat(tensor.elements().getDouble(0)).isEqualTo(3);
        assertThat(tensor.view().layout().shape()).containsExactly(4);
      }
    }
  }

  @Test
  void anEmptyVectorIsAnEmptyTensor(BufferAllocator allocator) {
    try (Float4Vector vector = new Float4Vector("x", allocator);
        ImportedTensor tensor = adopted(EXPORTER.export(vector))) {
      assertThat(tensor.view().layout().shape()).containsExactly(0);
    }
  }

  @Test
  void bitsCrossPacked(BufferAllocator allocator) {
    try (BitVector vector = new BitVector("flags", allocator)) {
      vector.allocateNew(10);
      for (int i = 0; i < 10; i++) {
        vector.set(i, i % 3 == 0 ? 1 : 0);
      }
      vector.setValueCount(10);

      try (ImportedTensor tensor = adopted(EXPORTER.exportPacked(vector))) {
        assertThat(tensor.view().dataType()).isEqualTo(DataType.UINT8);
        assertThat(tensor.view().layout().shape()).containsExactly(2);
        assertThat(tensor.elements().getLong(0)).isEqualTo(0b0100_1001);
        assertThat(tensor.elements().getLong(1) & 3).isEqualTo(0b10);
        assertThat(tensor.segment().address()).isEqualTo(vector.getDataBufferAddress());
      }
      assertRefused(vector, "found bits");
    }
  }

  @Test
  void decimalsCrossAsBytesByRequest(BufferAllocator allocator) {
    try (DecimalVector vector = new DecimalVector("d", allocator, 20, 2);
        Decimal256Vector large = new Decimal256Vector("e", allocator, 60, 0)) {
      vector.allocateNew(2);
      vector.set(0, 1);
      vector.set(1, 258);
      vector.setValueCount(2);
      large.allocateNew(1);
      large.set(0, 5);
      large.setValueCount(1);
      assertRefused(vector, "expected numbers that consumers know but found 16 bytes each");

      ArrowExporter asBytes = EXPORTER.withDecimalsAsBytes();
      try (ImportedTensor tensor = adopted(asBytes.export(vector));
          ImportedTensor other = adopted(asBytes.export(large))) {
        assertThat(tensor.view().layout().shape()).containsExactly(2, 16);
        assertThat(tensor.elements().getLong(1, 0)).isEqualTo(2);
        assertThat(tensor.elements().getLong(1, 1)).isEqualTo(1);
        assertThat(other.view().layout().shape()).containsExactly(1, 32);
      }
    }
  }

  @Test
  void nullsAreRefusedAndCounted(BufferAllocator allocator) {
    try (BigIntVector vector = new BigIntVector("id", allocator)) {
      vector.allocateNew(10);
      for (int i = 0; i < 10; i += 2) {
        vector.set(i, i);
      }
      vector.setValueCount(10);

      assertRefused(vector, "expected no nulls but found 5 in 10 rows");
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> EXPORTER.export(vector))
          .satisfies(
              refusal -> {
                assertThat(refusal.column()).isEqualTo("id");
                assertThat(refusal.type()).isEqualTo("Int(64, true)");
              });
    }
  }

  @Test
  void nullsWithinListsAreRefusedToo(BufferAllocator allocator) {
    try (FixedSizeListVector vector = lists(allocator, 4, 3)) {
      vector.getDataVector().setNull(7);
      assertRefused(vector, "expected no nulls but found 1 in 12 rows");
    }
  }

  @Test
  void whatIsNotOneTensorIsRefusedWithAReason(BufferAllocator allocator) {
    try (VarCharVector text = new VarCharVector("name", allocator);
        NullVector nothing = new NullVector("nothing", 3)) {
      assertRefused(text, "export a column");
      assertRefused(nothing, "expected values but found nulls and nothing else");
    }
  }

  @Test
  void aVectorThatPromisesMoreRowsThanItHasIsRefused(BufferAllocator allocator) {
    try (FixedSizeListVector vector = lists(allocator, 4, 3)) {
      vector.getDataVector().setValueCount(11);
      assertRefused(vector, "expected 12 rows of $data$ but found 11");
    }
  }

  private static void assertRefused(FieldVector vector, String reason) {
    assertThatExceptionOfType(RefusedVectorException.class)
        .isThrownBy(() -> EXPORTER.export(vector).close())
        .withMessageStartingWith("column " + vector.getName() + " of ")
        .withMessageContaining(reason);
  }
}
