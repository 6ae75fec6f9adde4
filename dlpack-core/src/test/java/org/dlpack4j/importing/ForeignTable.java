package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.table.ManagedColumn;

/** Makes foreign tensors for the columns of a table, and remembers them. */
final class ForeignTable {

  private final Flavour flavour;
  private final List<ForeignTensor> tensors = new ArrayList<>();

  ForeignTable(Flavour flavour) {
    this.flavour = flavour;
  }

  ForeignTable() {
    this(Flavour.VERSIONED);
  }

  ForeignTensor tensor(DataType type, long... shape) {
    ForeignTensor tensor = ForeignTensor.of(flavour).dataType(type).shape(shape);
    tensors.add(tensor);
    return tensor;
  }

  ForeignTensor longs(long... values) {
    ForeignTensor tensor = tensor(DataType.INT64, values.length);
    MemorySegment.copy(values, 0, tensor.data(), JAVA_LONG, 0, values.length);
    return tensor;
  }

  ForeignTensor ints(int... values) {
    ForeignTensor tensor = tensor(DataType.INT32, values.length);
    MemorySegment.copy(values, 0, tensor.data(), JAVA_INT, 0, values.length);
    return tensor;
  }

  ForeignTensor bytes(int... values) {
    ForeignTensor tensor = tensor(DataType.UINT8, values.length);
    for (int i = 0; i < values.length; i++) {
      tensor.data().set(JAVA_BYTE, i, (byte) values[i]);
    }
    return tensor;
  }

  static ManagedColumn column(ForeignTensor data) {
    return ManagedColumn.of(data.pointer());
  }

  void assertUntouched() {
    assertThat(tensors).extracting(ForeignTensor::deletions).containsOnly(0);
  }

  void assertDeletedOnce() {
    assertThat(tensors).extracting(ForeignTensor::deletions).containsOnly(1);
  }
}
