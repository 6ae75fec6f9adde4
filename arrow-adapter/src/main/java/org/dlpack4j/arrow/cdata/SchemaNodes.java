package org.dlpack4j.arrow.cdata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.types.Types;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.jspecify.annotations.Nullable;

/** Makes of types and children what Arrow Java's vectors can hold. */
final class SchemaNodes {

  private static final int ENTRY_FIELDS = 2;

  private final Findings findings;
  private final String path;
  private final boolean isBatch;

  SchemaNodes(Findings findings, String path, boolean isBatch) {
    this.findings = findings;
    this.path = path;
    this.isBatch = isBatch;
  }

  /** Null if there is no vector for it, which has been said then. */
  @Nullable SchemaNode of(
      String name,
      boolean nullable,
      ArrowType type,
      Map<String, String> metadata,
      List<SchemaNode> children) {
    Layout layout = Layout.of(type);
    ArrowType vectorType = type;
    List<SchemaNode> vectorChildren = children;
    byte[] typeIds = null;
    switch (layout.kind()) {
      case LIST -> {
        if (type instanceof ArrowType.Map) {
          vectorChildren = entriesWithoutNulls(children.getFirst());
        }
      }
      case STRUCT -> vectorChildren = isBatch ? children : withDifferentNames(children);
      case DENSE_UNION -> vectorChildren = withDifferentNames(children);
      case SPARSE_UNION -> {
        vectorChildren = withDifferentNames(withDifferentTypes(children));
        int[] vectorIds = vectorTypeIds(children);
        typeIds = mapped(((ArrowType.Union) type).getTypeIds(), vectorIds);
        vectorType = new ArrowType.Union(UnionMode.Sparse, vectorIds);
      }
      case RUN_END -> vectorChildren = withRunEnds(children);
      default -> {
        // Nothing else is special.
      }
    }
    if (vectorChildren == null) {
      return null;
    }
    FieldType fieldType = new FieldType(nullable, vectorType, null, metadata);
    Field field = new Field(name, fieldType, fields(vectorChildren));
    return new SchemaNode(path, field, layout, vectorChildren, null, typeIds);
  }

  private static List<Field> fields(List<SchemaNode> nodes) {
    if (nodes.isEmpty()) {
      return List.of();
    }
    List<Field> fields = new ArrayList<>(nodes.size());
    for (SchemaNode node : nodes) {
      fields.add(node.field());
    }
    return fields;
  }

  /** Arrow Java's map has no nulls among entries and keys by its type; some producers forget. */
  private @Nullable List<SchemaNode> entriesWithoutNulls(SchemaNode entries) {
    if (!(entries.field().getType() instanceof ArrowType.Struct)
        || entries.children().size() != ENTRY_FIELDS) {
      String found = entries.field().toString();
      findings.add(Code.WRONG_COUNT, path, "schema.children[0]", found, "a struct of two fields");
      return null;
    }
    SchemaNode key = withoutNulls(entries.children().getFirst());
    SchemaNode value = entries.children().getLast();
    Field struct =
        new Field(
            entries.field().getName(),
            notNullable(entries.field()),
            List.of(key.field(), value.field()));
    return List.of(
        new SchemaNode(entries.path(), struct, entries.layout(), List.of(key, value), null, null));
  }

  private static SchemaNode withoutNulls(SchemaNode node) {
    Field field = node.field();
    return new SchemaNode(
        node.path(),
        new Field(field.getName(), notNullable(field), field.getChildren()),
        node.layout(),
        node.children(),
        node.dictionary(),
        node.typeIds());
  }

  private static FieldType notNullable(Field field) {
    return new FieldType(false, field.getType(), field.getDictionary(), field.getMetadata());
  }

  /** A vector keeps children by name, and would replace one by the next. */
  private @Nullable List<SchemaNode> withDifferentNames(@Nullable List<SchemaNode> children) {
    if (children == null) {
      return null;
    }
    Set<String> names = new HashSet<>();
    for (SchemaNode child : children) {
      String name = child.field().getName();
      if (!names.add(name)) {
        String expected = "children of different names, as Arrow Java tells them apart by name";
        findings.add(Code.SAME_NAME, path, "schema.children", "'" + name + "' twice", expected);
        return null;
      }
    }
    return children;
  }

  /** A sparse union's vector has one child of a type, and finds it by that. */
  private @Nullable List<SchemaNode> withDifferentTypes(List<SchemaNode> children) {
    int[] ids = vectorTypeIds(children);
    if (Arrays.stream(ids).distinct().count() == ids.length) {
      return children;
    }
    String found = children.stream().map(child -> child.field().getType()).toList().toString();
    String expected = "children of different types, as Arrow Java's sparse unions have them";
    findings.add(Code.UNKNOWN_FORMAT, path, "schema.children", found, expected);
    return null;
  }

  @SuppressWarnings("EnumOrdinal") // What the vector itself takes for its type ids.
  private static int[] vectorTypeIds(List<SchemaNode> children) {
    return children.stream()
        .mapToInt(child -> Types.getMinorTypeForArrowType(child.field().getType()).ordinal())
        .toArray();
  }

  private static byte[] mapped(int[] foreign, int[] own) {
    byte[] ids = new byte[Byte.MAX_VALUE + 1];
    Arrays.fill(ids, (byte) -1);
    for (int i = 0; i < foreign.length; i++) {
      ids[foreign[i]] = (byte) own[i];
    }
    return ids;
  }

  private @Nullable List<SchemaNode> withRunEnds(List<SchemaNode> children) {
    ArrowType runEnds = children.getFirst().field().getType();
    if (runEnds instanceof ArrowType.Int ends
        && ends.getIsSigned()
        && ends.getBitWidth() > Byte.SIZE
        && children.getFirst().dictionary() == null) {
      return children;
    }
    String expected = "run ends of int16, int32 or int64";
    findings.add(Code.UNKNOWN_FORMAT, path, "schema.children[0]", runEnds, expected);
    return null;
  }
}
