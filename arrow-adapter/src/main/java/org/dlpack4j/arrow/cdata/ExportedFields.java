package org.dlpack4j.arrow.cdata;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.arrow.cdata.Layout.Kind;
import org.dlpack4j.arrow.union.RootFields;
import org.dlpack4j.arrow.union.SparseTypeIds;

/**
 * The fields of what is exported. A vector of a sparse union forgets the type ids that it was made
 * with, which its values have: they are those of the batch's schema, or found in the values.
 */
final class ExportedFields {

  private ExportedFields() {}

  /** A vector's, with the type ids that its values have. */
  static Field of(FieldVector vector) {
    return withTypeIds(vector, vector.getField());
  }

  /** A batch's columns, as a struct. */
  static Field of(Schema schema) {
    FieldType type = new FieldType(false, new ArrowType.Struct(), null, schema.getCustomMetadata());
    return new Field("", type, schema.getFields());
  }

  /** A batch's columns, with the type ids that their values have. */
  static Field of(VectorSchemaRoot root) {
    List<Field> known = RootFields.of(root);
    List<Field> fields = new ArrayList<>(known.size());
    for (int i = 0; i < known.size(); i++) {
      fields.add(withTypeIds(root.getVector(i), known.get(i)));
    }
    return of(new Schema(fields, root.getSchema().getCustomMetadata()));
  }

  /** What is known of all batches before the first. */
  static Field ofStream(VectorSchemaRoot root) {
    return of(new Schema(RootFields.of(root), root.getSchema().getCustomMetadata()));
  }

  private static boolean hasSparseUnion(Field field) {
    if (RootFields.isSparse(field.getType())) {
      return true;
    }
    for (Field child : field.getChildren()) {
      if (hasSparseUnion(child)) {
        return true;
      }
    }
    return false;
  }

  private static Field withTypeIds(FieldVector vector, Field field) {
    if (!hasSparseUnion(field)) {
      return field;
    }
    Layout layout = Layout.of(field.getType());
    List<FieldVector> vectors = VectorNode.children(vector, field);
    List<Field> children = new ArrayList<>(vectors.size());
    for (int i = 0; i < vectors.size(); i++) {
      children.add(withTypeIds(vectors.get(i), field.getChildren().get(i)));
    }
    ArrowType type =
        layout.kind() == Kind.SPARSE_UNION && vector instanceof UnionVector union
            ? withTypeIds(union, field.getType())
            : field.getType();
    FieldType fieldType =
        new FieldType(field.isNullable(), type, field.getDictionary(), field.getMetadata());
    return new Field(field.getName(), fieldType, children);
  }

  /** A schema that differs from what the vector says knows the ids. */
  private static ArrowType withTypeIds(UnionVector vector, ArrowType type) {
    ArrowType forgetful = vector.getField().getType();
    return type.equals(forgetful)
        ? new ArrowType.Union(
            UnionMode.Sparse, SparseTypeIds.of(vector, ((ArrowType.Union) forgetful).getTypeIds()))
        : type;
  }
}
