package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.TableModel.Node;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;

/** Reads all that there is of a table that was adopted, and compares it with the model's memory. */
final class FuzzedTableReader {

  private static final long MANY = 5000;

  private FuzzedTableReader() {}

  static void read(ImportedTable imported, TableModel model) {
    Table table = imported.table();
    assertThat(table.rows()).isEqualTo(imported.rows());
    assertThat(table.columns().stream().map(Column::name))
        .containsExactlyElementsOf(imported.columns().stream().map(ImportedColumn::name).toList());
    readAll(imported.columns(), model.nodes);
  }

  private static void readAll(List<ImportedColumn> columns, List<Node> nodes) {
    assertThat(columns).hasSameSizeAs(nodes);
    for (int i = 0; i < columns.size(); i++) {
      read(columns.get(i), nodes.get(i));
    }
  }

  private static void read(ImportedColumn column, Node node) {
    assertThat(column.type()).isEqualTo(node.field().type());
    readValidity(column, node);
    TableModelTensor data = node.data();
    if (data != null && data.isReadable()) {
      readElements(column.elements(), data);
      if (node.form() == Form.VARIABLE_BYTES) {
        readBytes(column, node);
      } else if (node.form() == Form.BITS && column.rows() <= MANY) {
        readBits(column, data);
      }
    }
    readPlaces(column.offsets(), node.offsets());
    readPlaces(column.sizes(), node.sizes());
    readAll(column.children(), node.children());
  }

  private static void readPlaces(Optional<ImportedTensor> column, @Nullable TableModelTensor node) {
    assertThat(column.isPresent()).isEqualTo(node != null);
    if (node != null && node.isReadable()) {
      readElements(column.orElseThrow().elements(), node);
    }
  }

  private static void readValidity(ImportedColumn column, Node node) {
    TableModelTensor validity = node.validity();
    if (column.rows() > MANY || (validity != null && !validity.isReadable())) {
      return;
    }
    for (long row = 0; row < column.rows(); row++) {
      boolean valid =
          validity == null
              || TableModelTensor.unsignedAt(
                      validity.firstBit(0, 0).add(BigInteger.valueOf(row + node.managed().skip())),
                      1)
                  == 1;
      assertThat(column.isNull(row)).isEqualTo(!valid);
    }
    assertThat(catchThrowable(() -> column.isNull(column.rows())))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static void readBits(ImportedColumn column, TableModelTensor data) {
    long first = column.column().range().orElseThrow().first();
    for (long row = 0; row < column.rows(); row++) {
      BigInteger bit = data.firstBit(0, 0).add(BigInteger.valueOf(first + row));
      assertThat(column.isSet(row)).isEqualTo(TableModelTensor.unsignedAt(bit, 1) == 1);
    }
  }

  private static void readElements(TensorElements elements, TableModelTensor data) {
    if (elements.layout().elementCount() > MANY) {
      return;
    }
    long[] shape = elements.layout().shape();
    long[] index = new long[shape.length];
    for (long i = 0; i < elements.layout().elementCount(); i++) {
      long rest = i;
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        index[axis] = rest % shape[axis];
        rest /= shape[axis];
      }
      read(elements, index, data);
    }
  }

  private static void read(TensorElements elements, long[] index, TableModelTensor data) {
    if (!elements.dataType().isKnown()) {
      return; // nobody knows how to read it
    }
    boolean lanes = data.type().lanes() > 1;
    BigInteger bit =
        data.firstBit(index[0], !lanes && index.length > 1 ? index[1] : 0)
            .add(BigInteger.valueOf(lanes ? index[index.length - 1] * data.laneBits() : 0));
    int bits = elements.dataType().bits();
    switch (elements.dataType().code()) {
      case Code.UINT ->
          assertThat(elements.getLong(index)).isEqualTo(TableModelTensor.unsignedAt(bit, bits));
      case Code.INT -> {
        long there = TableModelTensor.unsignedAt(bit, bits);
        assertThat(elements.getLong(index)).isEqualTo(there << (64 - bits) >> (64 - bits));
      }
      case Code.BOOL ->
          assertThat(elements.getBoolean(index))
              .isEqualTo(TableModelTensor.unsignedAt(bit, bits) != 0);
      case Code.COMPLEX -> elements.imaginary().getDouble(index); // the farther half
      default -> elements.getDouble(index);
    }
  }

  /** What each row is, as offsets say that were all checked; without that some may lead outside. */
  private static void readBytes(ImportedColumn column, Node node) {
    TableModelTensor offsets = node.offsets();
    if (offsets == null || !offsets.isReadable() || column.rows() > MANY) {
      return;
    }
    TensorElements places = column.offsets().orElseThrow().elements();
    MemorySegment bytes = column.data().segment();
    for (long row = 0; row < column.rows(); row++) {
      long from = places.getLong(row);
      assertThat(from).isEqualTo(offsets.signed(row));
      long to = places.getLong(row + 1);
      if (from < 0 || to < from || to > bytes.byteSize()) {
        assertThat(catchThrowable(() -> bytes.asSlice(from, to - from)))
            .isInstanceOf(IndexOutOfBoundsException.class);
      } else {
        MemorySegment text = bytes.asSlice(from, to - from);
        for (long at = 0; at < text.byteSize(); at++) {
          text.get(JAVA_BYTE, at);
        }
      }
    }
  }
}
