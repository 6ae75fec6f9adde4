package org.dlpack4j.arrow;

import static org.dlpack4j.arrow.BufferViews.nulls;
import static org.dlpack4j.arrow.BufferViews.storage;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.Crossing.Numbers;
import org.dlpack4j.arrow.Crossing.Refused;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.Validity;

/** A vector as a column: as many tensors as it has buffers, with its type. */
final class VectorColumn {

  private final BufferViews buffers;

  VectorColumn(BufferViews buffers) {
    this.buffers = buffers;
  }

  Column of(FieldVector vector) {
    return of(vector, vector.getValueCount());
  }

  /** The first rows; a vector within another one may have more than are used. */
  private Column of(FieldVector given, long rows) {
    FieldVector vector = storage(given);
    Field field = given.getField();
    Column column =
        switch (Crossings.of(given)) {
          case Numbers(DataType type, var logicalType) ->
              Column.of(
                  field.getName(),
                  logicalType.apply(vector.getField().getType()),
                  buffers.rows(field, vector.getDataBuffer(), type, rows));
          case Shaped.FIXED_BYTES -> fixedBytes(field, (FixedSizeBinaryVector) vector, rows);
          case Shaped.VARIABLE_BYTES -> variableBytes(field, vector, rows);
          case Shaped.LISTS -> lists(field, vector, rows);
          case Shaped.FIXED_LISTS, Shaped.TENSORS ->
              fixedLists(field, (FixedSizeListVector) vector, rows);
          case Shaped.STRUCTS -> structs(field, vector, rows);
          case Shaped.BITS ->
              throw new RefusedVectorException(
                  field, "expected bytes but found bits; export them packed, or an unpacked copy");
          case Refused(String why) -> throw new RefusedVectorException(field, why);
        };
    boolean hasNulls = nulls(field, vector, rows) != 0;
    return hasNulls ? column.withValidity(validity(field, vector, rows)) : column;
  }

  private Validity validity(Field field, FieldVector vector, long rows) {
    return new Validity(buffers.bits(field, vector.getValidityBuffer(), rows), 0);
  }

  private Column fixedBytes(Field field, FixedSizeBinaryVector vector, long rows) {
    int width = vector.getByteWidth();
    return Column.of(
        field.getName(),
        new LogicalType.FixedBinary(width),
        buffers.rows(field, vector.getDataBuffer(), DataType.UINT8, rows, width));
  }

  private Column variableBytes(Field field, FieldVector vector, long rows) {
    boolean large = vector instanceof BaseLargeVariableWidthVector;
    TensorView offsets = offsets(field, vector, large, rows);
    TensorView bytes =
        buffers.rows(field, vector.getDataBuffer(), DataType.UINT8, last(vector, large, rows));
    LogicalType type = ColumnFields.bytes(vector.getField().getType());
    return Column.ofBytes(field.getName(), type, offsets, bytes);
  }

  private Column lists(Field field, FieldVector vector, long rows) {
    boolean large = vector instanceof LargeListVector;
    TensorView offsets = offsets(field, vector, large, rows);
    FieldVector elements = vector.getChildrenFromFields().getFirst();
    return Column.ofLists(field.getName(), offsets, of(elements, last(vector, large, rows)));
  }

  /** One more than there are rows; none where there are no rows, as Arrow has none either. */
  private TensorView offsets(Field field, FieldVector vector, boolean large, long rows) {
    DataType type = large ? DataType.INT64 : DataType.INT32;
    return buffers.rows(field, vector.getOffsetBuffer(), type, rows == 0 ? 0 : rows + 1);
  }

  private static long last(FieldVector vector, boolean large, long rows) {
    if (rows == 0) {
      return 0;
    }
    ArrowBuf offsets = vector.getOffsetBuffer();
    return large ? offsets.getLong(rows * Long.BYTES) : offsets.getInt(rows * Integer.BYTES);
  }

  private Column fixedLists(Field field, FixedSizeListVector vector, long rows) {
    int size = vector.getListSize();
    return Column.ofFixedLists(
        field.getName(), size, rows, of(vector.getDataVector(), rows * size));
  }

  private Column structs(Field field, FieldVector vector, long rows) {
    List<Column> members = new ArrayList<>();
    for (FieldVector member : vector.getChildrenFromFields()) {
      members.add(of(member, rows));
    }
    return Column.ofStructs(field.getName(), rows, members);
  }
}
