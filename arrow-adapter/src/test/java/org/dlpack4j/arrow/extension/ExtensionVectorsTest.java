package org.dlpack4j.arrow.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.TransferPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vectors of the extension types. */
class ExtensionVectorsTest {

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void nothingIsLeft() {
    allocator.close();
  }

  private Bool8Vector bools() {
    Bool8Vector vector = new Bool8Vector("b", allocator);
    vector.allocateNew(3);
    vector.set(0, true);
    vector.set(2, false);
    vector.setValueCount(3);
    return vector;
  }

  @Test
  void boolsAreBytes() {
    try (Bool8Vector vector = bools()) {
      assertThat(vector.get(0)).isTrue();
      assertThat(vector.get(2)).isFalse();
      assertThat(vector.getValueIterable()).containsExactly(true, null, false);
      vector.getDataBuffer().setByte(2, -7);
      assertThat(vector.get(2)).as("anything but 0").isTrue();
      assertThatIllegalStateException().isThrownBy(() -> vector.get(1));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "-0.0, -0.0",
    "1.00390625, 1",
    "1.004, 1.0078125",
    "1.01171875, 1.015625",
    "3.4028235e38, Infinity",
    "-Infinity, -Infinity",
    "1e-45, 0",
    "NaN, NaN",
  })
  void floatsAreRoundedToTheNearestAndThenTheEven(float given, float expected) {
    try (BFloat16Vector vector = new BFloat16Vector("h", allocator)) {
      vector.allocateNew(1);
      vector.set(0, given);
      vector.setValueCount(1);
      assertThat(Float.valueOf(vector.get(0))).isEqualTo(Float.valueOf(expected));
    }
  }

  @Test
  void aNanWhoseUpperHalfIsThatOfAnInfinityStaysOne() {
    try (BFloat16Vector vector = new BFloat16Vector("h", allocator)) {
      vector.allocateNew(2);
      vector.set(1, Float.intBitsToFloat(0x7f800001));
      vector.setValueCount(2);
      assertThat(vector.get(1)).isNaN();
      assertThat(vector.getValueIterable()).containsExactly(null, Float.NaN);
      assertThatIllegalStateException()
          .isThrownBy(() -> vector.get(0))
          .withMessageContaining("row 0 of h: expected a value but found null");
    }
  }

  @Test
  void vectorsGrowWhenWrittenSafely() {
    try (Bool8Vector bools = new Bool8Vector("b", allocator);
        BFloat16Vector halves = new BFloat16Vector("h", allocator)) {
      bools.setSafe(10_000, true);
      halves.setSafe(10_000, 1.5f);
      bools.setValueCount(10_001);
      halves.setValueCount(10_001);
      assertThat(bools.get(10_000)).isTrue();
      assertThat(halves.get(10_000)).isEqualTo(1.5f);
      assertThat(halves.isNull(9_999)).isTrue();
    }
  }

  @Test
  void whatIsCutOrMovedKeepsItsType() {
    try (Bool8Vector vector = bools()) {
      TransferPair pair = vector.getTransferPair("c", allocator);
      pair.splitAndTransfer(1, 2);
      try (Bool8Vector slice = (Bool8Vector) pair.getTo()) {
        assertThat(slice.getValueIterable()).containsExactly(null, false);
        assertThat(slice.getField().getName()).isEqualTo("c");
        assertThat(slice.getField().getType()).isEqualTo(Bool8Type.INSTANCE);
      }
      try (Bool8Vector copy = new Bool8Vector("d", allocator)) {
        copy.copyFromSafe(2, 1, vector);
        copy.copyFrom(0, 2, vector);
        copy.setValueCount(3);
        assertThat(copy.getValueIterable()).containsExactly(null, false, true);
      }
      TransferPair whole = vector.getTransferPair(allocator);
      whole.transfer();
      assertThat(vector.getValueCount()).isZero();
      try (Bool8Vector moved = (Bool8Vector) whole.getTo()) {
        assertThat(moved.getValueIterable()).containsExactly(true, null, false);
        assertThat(moved.hashCode(0)).isNotEqualTo(moved.hashCode(2));
      }
    }
  }

  @Test
  void tensorsAreListsThatKnowTheirShape() {
    FixedShapeTensorType type = FixedShapeTensorType.of(2, 2).withPermutation(1, 0);
    Field field = type.field("t", new ArrowType.Int(32, true));
    try (FixedShapeTensorVector vector = (FixedShapeTensorVector) field.createVector(allocator)) {
      vector.setInitialCapacity(2);
      vector.allocateNew();
      IntVector elements = (IntVector) vector.getUnderlyingVector().getDataVector();
      for (int i = 0; i < 8; i++) {
        elements.setSafe(i, i);
      }
      vector.getUnderlyingVector().setNotNull(0);
      vector.getUnderlyingVector().setNotNull(1);
      vector.setValueCount(2);

      assertThat(vector.getField()).isEqualTo(field);
      assertThat(vector.type()).isEqualTo(type);
      TransferPair pair = vector.getTransferPair(field, allocator);
      pair.splitAndTransfer(1, 1);
      try (FixedShapeTensorVector slice = (FixedShapeTensorVector) pair.getTo()) {
        assertThat(slice.getField()).isEqualTo(field);
        assertThat(slice.getObject(0)).hasToString("[4,5,6,7]");
      }
    }
  }
}
