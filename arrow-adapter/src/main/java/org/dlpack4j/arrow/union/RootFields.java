package org.dlpack4j.arrow.union;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * What the columns of a record batch are. Its schema knows names, the type ids of unions and the
 * order of their members, which vectors forget; but vectors may have got children since.
 */
public final class RootFields {

  private RootFields() {}

  /**
   * The fields of the columns, in the order in which they are to be exported.
   *
   * @param root any
   * @return those of the schema, or of a vector that is not as the schema says
   */
  public static List<Field> of(VectorSchemaRoot root) {
    List<Field> known = root.getSchema().getFields();
    List<Field> fields = new ArrayList<>(known.size());
    for (int i = 0; i < known.size(); i++) {
      Field now = root.getVector(i).getField();
      fields.add(isSame(known.get(i), now) ? known.get(i) : now);
    }
    return fields;
  }

  /**
   * Whether a type is one of sparse unions.
   *
   * @param type any
   * @return true if so
   */
  public static boolean isSparse(ArrowType type) {
    return type instanceof ArrowType.Union union && union.getMode() == UnionMode.Sparse;
  }

  private static boolean isSame(Field known, Field now) {
    int[] places = places(known, now);
    if (places.length != now.getChildren().size()) {
      return false;
    }
    for (int i = 0; i < places.length; i++) {
      if (places[i] < 0 || !isSame(known.getChildren().get(i), now.getChildren().get(places[i]))) {
        return false;
      }
    }
    return isSparse(known.getType())
        ? isSparse(now.getType())
        : isDense(known.getType()) ? isDense(now.getType()) : known.getType().equals(now.getType());
  }

  private static boolean isDense(ArrowType type) {
    return type instanceof ArrowType.Union union && union.getMode() == UnionMode.Dense;
  }

  /** Which child of the one is which of the other: of dense unions by type id, else by place. */
  private static int[] places(Field known, Field now) {
    int[] places = new int[known.getChildren().size()];
    for (int i = 0; i < places.length; i++) {
      places[i] = i;
    }
    if (isDense(known.getType()) && isDense(now.getType())) {
      int[] wanted = ((ArrowType.Union) known.getType()).getTypeIds();
      int[] found = ((ArrowType.Union) now.getType()).getTypeIds();
      for (int i = 0; i < places.length; i++) {
        places[i] = wanted == null ? i : indexOf(found, wanted[i]);
      }
    }
    return places;
  }

  private static int indexOf(int[] ids, int id) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == id) {
        return i;
      }
    }
    return -1;
  }
}
