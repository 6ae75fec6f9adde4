package org.dlpack4j.arrow;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.DataType;
import org.dlpack4j.arrow.Crossing.Numbers;
import org.dlpack4j.arrow.Crossing.Refused;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.table.LogicalType;

/** What a table must be like to be a record batch of a schema. */
final class ColumnFields {

  /** Whether fields with a dictionary say what it has, and not what its indices are. */
  private final boolean withDictionaries;

  private ColumnFields(boolean withDictionaries) {
    this.withDictionaries = withDictionaries;
  }

  static org.dlpack4j.table.Schema of(Schema schema, boolean withDictionaries) {
    ColumnFields fields = new ColumnFields(withDictionaries);
    return new org.dlpack4j.table.Schema(fields.of(schema.getFields()));
  }

  private List<org.dlpack4j.table.Field> of(List<Field> fields) {
    List<org.dlpack4j.table.Field> converted = new ArrayList<>(fields.size());
    for (Field field : fields) {
      converted.add(of(field));
    }
    return converted;
  }

  private org.dlpack4j.table.Field of(Field field) {
    if (withDictionaries && field.getDictionary() != null) {
      return indices(field, field.getDictionary());
    }
    ArrowType type = Crossings.storage(field.getType());
    return switch (Crossings.of(field.getType())) {
      case Numbers(DataType storage, var logicalType) ->
          of(field, logicalType.apply(type), Optional.of(storage));
      case Shaped shaped -> {
        requireTypeIds(field);
        yield of(field, shaped.logicalType(type), shaped.storage());
      }
      case Refused(String why) -> throw new RefusedVectorException(field, why);
    };
  }

  private org.dlpack4j.table.Field indices(Field field, DictionaryEncoding encoding) {
    return new org.dlpack4j.table.Field(
        field.getName(),
        new LogicalType.Dictionary(encoding.isOrdered()),
        Optional.of(storage(encoding.getIndexType())),
        field.isNullable(),
        List.of(of(DictionaryFields.values(field, encoding))));
  }

  private static DataType storage(ArrowType.Int type) {
    int code = type.getIsSigned() ? DataType.Code.INT : DataType.Code.UINT;
    return new DataType(code, type.getBitWidth(), 1);
  }

  /** Without them only Arrow Java knows what it is going to choose. */
  private static void requireTypeIds(Field field) {
    if (field.getType() instanceof ArrowType.Union union && union.getTypeIds() == null) {
      throw new RefusedVectorException(
          field, "expected a type id for each child but found none; say them in the schema");
    }
  }

  private org.dlpack4j.table.Field of(Field field, LogicalType type, Optional<DataType> storage) {
    return new org.dlpack4j.table.Field(
        field.getName(),
        type,
        storage,
        field.isNullable() && type.form().hasValidity(),
        of(field.getChildren()));
  }
}
