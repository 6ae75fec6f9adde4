package org.dlpack4j.arrow;

import static org.dlpack4j.arrow.BufferViews.nulls;
import static org.dlpack4j.arrow.BufferViews.requireRows;
import static org.dlpack4j.arrow.BufferViews.storage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.Crossing.Numbers;
import org.dlpack4j.arrow.Crossing.Refused;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.arrow.union.SparseTypeIds;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/** A vector as a column: as many tensors as it has buffers, with its type. */
final class VectorColumn {

  private final BufferViews buffers;

  /** Null if indices are to be numbers. */
  private final @Nullable DictionaryProvider dictionaries;

  VectorColumn(BufferViews buffers, @Nullable DictionaryProvider dictionaries) {
    this.buffers = buffers;
    this.dictionaries = dictionaries;
  }

  Column of(FieldVector vector) {
    return of(vector, vector.getField());
  }

  /** With members of unions in the order of a field that knows one. */
  Column of(FieldVector vector, Field field) {
    return of(vector, field, vector.getValueCount());
  }

  /** The first rows; a vector within another one may have more than are used. */
  private Column of(FieldVector given, Field field, long rows) {
    FieldVector vector = storage(given);
    requireRows(field, vector, rows);
    Column column =
        switch (Crossings.of(given)) {
          case Numbers numbers -> numbers(field, vector, numbers, rows);
          case Shaped shaped ->
              shaped(field, vector, shaped.logicalType(Crossings.storage(field.getType())), rows);
          case Refused(String why) -> throw new RefusedVectorException(field, why);
        };
    boolean hasNulls = column.type().form().hasValidity() && nulls(field, vector, rows) != 0;
    return hasNulls ? column.withValidity(validity(field, vector, rows)) : column;
  }

  private Validity validity(Field field, FieldVector vector, long rows) {
    return new Validity(buffers.bits(field, vector.getValidityBuffer(), rows), 0);
  }

  private Column numbers(Field field, FieldVector vector, Numbers numbers, long rows) {
    TensorView data = buffers.rows(field, vector.getDataBuffer(), numbers.dataType(), rows);
    DictionaryEncoding encoding = field.getDictionary();
    if (dictionaries == null || encoding == null) {
      LogicalType type = numbers.logicalType().apply(vector.getField().getType());
      return Column.of(field.getName(), type, data);
    }
    Dictionary dictionary = dictionaries.lookup(encoding.getId());
    if (dictionary == null) {
      throw new RefusedVectorException(
          field,
          "expected a dictionary of id %d from the provider but found none; give the provider that has it"
              .formatted(encoding.getId()));
    }
    LogicalType.Dictionary type = new LogicalType.Dictionary(encoding.isOrdered());
    return Column.ofIndices(field.getName(), type, data, of(dictionary.getVector()));
  }

  private Column shaped(Field field, FieldVector vector, LogicalType type, long rows) {
    String name = field.getName();
    RowRange all = new RowRange(0, rows);
    return switch (type) {
      case LogicalType.Bits _ ->
          Column.ofBits(name, all, buffers.bits(field, vector.getDataBuffer(), rows));
      case LogicalType.Text _, LogicalType.Binary _ ->
          Column.ofBytes(
              name,
              type,
              offsets(field, vector, rows),
              buffers.rows(field, vector.getDataBuffer(), DataType.UINT8, last(vector, rows)));
      case LogicalType.ListOf _ ->
          Column.ofLists(
              name, offsets(field, vector, rows), elements(field, vector, last(vector, rows)));
      case LogicalType.MapOf map ->
          Column.ofMaps(
              name, map, offsets(field, vector, rows), elements(field, vector, last(vector, rows)));
      case LogicalType.ListViewOf _ -> views(field, vector, rows);
      case LogicalType.FixedListOf fixed ->
          Column.ofFixedLists(
              name, fixed.size(), rows, elements(field, vector, rows * fixed.size()));
      case LogicalType.Struct _ -> Column.ofStructs(name, rows, members(field, vector, rows));
      case LogicalType.Union union -> union(field, vector, union, rows);
      case LogicalType.RunEndEncoded _ -> {
        int runs = vector.getChildrenFromFields().getFirst().getValueCount();
        List<Column> children = members(field, vector, runs);
        yield Column.ofRuns(name, all, children.getFirst(), children.getLast());
      }
      default ->
          Column.of(
              name,
              type,
              buffers.rows(field, vector.getDataBuffer(), DataType.UINT8, rows, type.width()));
    };
  }

  /** One more than there are rows; none where there are no rows, as Arrow has none either. */
  private TensorView offsets(Field field, FieldVector vector, long rows) {
    return places(field, vector, vector.getOffsetBuffer(), rows == 0 ? 0 : rows + 1);
  }

  private TensorView places(Field field, FieldVector vector, ArrowBuf buffer, long count) {
    return buffers.rows(field, buffer, Crossings.places(vector.getField().getType()), count);
  }

  private static long last(FieldVector vector, long rows) {
    if (rows == 0) {
      return 0;
    }
    ArrowBuf offsets = vector.getOffsetBuffer();
    return Crossings.places(vector.getField().getType()).equals(DataType.INT64)
        ? offsets.getLong(rows * Long.BYTES)
        : offsets.getInt(rows * Integer.BYTES);
  }

  private Column elements(Field field, FieldVector vector, long rows) {
    return of(vector.getChildrenFromFields().getFirst(), child(field, vector, 0), rows);
  }

  /** Some vectors' fields do not say what they are made of. */
  private static Field child(Field field, FieldVector vector, int index) {
    return field.getChildren().isEmpty()
        ? vector.getChildrenFromFields().get(index).getField()
        : field.getChildren().get(index);
  }

  private List<Column> members(Field field, FieldVector vector, long rows) {
    List<Column> members = new ArrayList<>();
    List<FieldVector> vectors = vector.getChildrenFromFields();
    for (int i = 0; i < vectors.size(); i++) {
      members.add(of(vectors.get(i), child(field, vector, i), rows));
    }
    return members;
  }

  private Column views(Field field, FieldVector vector, long rows) {
    List<ArrowBuf> all = vector.getFieldBuffers();
    TensorView offsets = places(field, vector, all.get(1), rows);
    TensorView sizes = places(field, vector, all.get(2), rows);
    FieldVector elements = vector.getChildrenFromFields().getFirst();
    return Column.ofListViews(
        field.getName(), offsets, sizes, elements(field, vector, elements.getValueCount()));
  }

  private Column union(Field field, FieldVector vector, LogicalType.Union union, long rows) {
    String name = field.getName();
    if (!(vector instanceof DenseUnionVector dense)) {
      return sparseUnion(field, (UnionVector) vector, union, rows);
    }
    TensorView ids = buffers.rows(field, dense.getTypeBuffer(), DataType.INT8, rows);
    TensorView offsets = buffers.rows(field, dense.getOffsetBuffer(), DataType.INT32, rows);
    List<Column> members = new ArrayList<>();
    for (int i = 0; i < union.typeIds().size(); i++) {
      byte id = union.typeIds().get(i).byteValue();
      members.add(of((FieldVector) dense.getVectorByType(id), field.getChildren().get(i)));
    }
    return Column.ofDenseUnion(name, union.typeIds(), ids, offsets, members);
  }

  /** With the type ids that its values have, which its own field does not say. */
  private Column sparseUnion(Field field, UnionVector vector, LogicalType.Union union, long rows) {
    List<Integer> ids = union.typeIds();
    if (field.getType().equals(vector.getField().getType())) {
      int[] numbers = ids.stream().mapToInt(Integer::intValue).toArray();
      ids = Arrays.stream(SparseTypeIds.of(vector, numbers)).boxed().toList();
    }
    TensorView data = buffers.rows(field, vector.getTypeBuffer(), DataType.INT8, rows);
    return Column.ofSparseUnion(field.getName(), ids, data, members(field, vector, rows));
  }
}
