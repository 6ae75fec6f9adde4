package org.dlpack4j.arrow;

import java.util.List;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Fields with a dictionary. In Arrow's messages, and here where they come from outside, they have
 * the type of its values; in memory they have that of its indices.
 */
final class DictionaryFields {

  private DictionaryFields() {}

  static Schema inMemory(Schema schema) {
    return new Schema(inMemory(schema.getFields()), schema.getCustomMetadata());
  }

  /** The field that the vector has, and each within it. */
  static Field inMemory(Field field) {
    DictionaryEncoding encoding = field.getDictionary();
    return encoding == null
        ? new Field(field.getName(), field.getFieldType(), inMemory(field.getChildren()))
        : new Field(
            field.getName(),
            new FieldType(
                field.isNullable(), encoding.getIndexType(), encoding, field.getMetadata()),
            null);
  }

  private static List<Field> inMemory(List<Field> fields) {
    return fields.stream().map(DictionaryFields::inMemory).toList();
  }

  /** What the dictionary has, as a message says it, by Arrow's name for it. */
  static Field values(Field field, DictionaryEncoding encoding) {
    return new Field(
        "DICT" + encoding.getId(), FieldType.nullable(field.getType()), field.getChildren());
  }
}
