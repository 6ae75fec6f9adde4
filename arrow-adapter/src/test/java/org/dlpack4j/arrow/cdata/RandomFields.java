package org.dlpack4j.arrow.cdata;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.Types;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/** Fields of every type that Arrow Java has, and random ones of them. */
final class RandomFields {

  static final List<ArrowType> FLAT =
      List.of(
          new ArrowType.Null(),
          new ArrowType.Bool(),
          new ArrowType.Int(8, true),
          new ArrowType.Int(8, false),
          new ArrowType.Int(16, true),
          new ArrowType.Int(16, false),
          new ArrowType.Int(32, true),
          new ArrowType.Int(32, false),
          new ArrowType.Int(64, true),
          new ArrowType.Int(64, false),
          new ArrowType.FloatingPoint(FloatingPointPrecision.HALF),
          new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE),
          new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE),
          new ArrowType.Decimal(38, 10, 128),
          new ArrowType.Decimal(76, -3, 256),
          new ArrowType.FixedSizeBinary(5),
          new ArrowType.Binary(),
          new ArrowType.LargeBinary(),
          new ArrowType.BinaryView(),
          new ArrowType.Utf8(),
          new ArrowType.LargeUtf8(),
          new ArrowType.Utf8View(),
          new ArrowType.Date(DateUnit.DAY),
          new ArrowType.Date(DateUnit.MILLISECOND),
          new ArrowType.Time(TimeUnit.SECOND, 32),
          new ArrowType.Time(TimeUnit.MILLISECOND, 32),
          new ArrowType.Time(TimeUnit.MICROSECOND, 64),
          new ArrowType.Time(TimeUnit.NANOSECOND, 64),
          new ArrowType.Timestamp(TimeUnit.SECOND, null),
          new ArrowType.Timestamp(TimeUnit.MILLISECOND, "Europe/Berlin"),
          new ArrowType.Timestamp(TimeUnit.MICROSECOND, "+07:30"),
          new ArrowType.Timestamp(TimeUnit.NANOSECOND, null),
          new ArrowType.Duration(TimeUnit.SECOND),
          new ArrowType.Duration(TimeUnit.MILLISECOND),
          new ArrowType.Duration(TimeUnit.MICROSECOND),
          new ArrowType.Duration(TimeUnit.NANOSECOND),
          new ArrowType.Interval(IntervalUnit.YEAR_MONTH),
          new ArrowType.Interval(IntervalUnit.DAY_TIME),
          new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO));

  private static final ArrowType INT = new ArrowType.Int(32, true);
  private static final ArrowType UTF8 = new ArrowType.Utf8();

  private RandomFields() {}

  /** One of every type: flat ones, and those with children that are flat. */
  static List<Field> ofEveryType() {
    List<Field> fields = new ArrayList<>();
    FLAT.forEach(type -> fields.add(field("flat", type)));
    Field number = field("item", INT);
    Field text = field("text", UTF8);
    fields.add(field("list", new ArrowType.List(), number));
    fields.add(field("large list", new ArrowType.LargeList(), text));
    fields.add(field("list view", new ArrowType.ListView(), number));
    fields.add(field("large list view", new ArrowType.LargeListView(), text));
    fields.add(field("fixed list", new ArrowType.FixedSizeList(3), field("item", FLAT.get(1))));
    fields.add(field("struct", new ArrowType.Struct(), number, text, field("bit", FLAT.get(1))));
    fields.add(map("map"));
    fields.add(sparseUnion("sparse", List.of(number, text)));
    fields.add(denseUnion("dense", List.of(number, text)));
    fields.add(runs("runs", 16, text));
    fields.add(runs("runs", 32, number));
    fields.add(runs("runs", 64, field("values", FLAT.get(1))));
    fields.add(index("dictionary", new ArrowType.Int(16, true), 0, true));
    return fields;
  }

  static Field random(Random random, String name, int levels) {
    return switch (levels == 0 ? 0 : random.nextInt(14)) {
      case 1 -> field(name, new ArrowType.List(), child(random, levels));
      case 2 -> field(name, new ArrowType.LargeList(), child(random, levels));
      case 3 -> field(name, new ArrowType.ListView(), child(random, levels));
      case 4 -> field(name, new ArrowType.LargeListView(), child(random, levels));
      case 5 ->
          // Arrow Java has no union in a list of a fixed size.
          field(
              name,
              new ArrowType.FixedSizeList(1 + random.nextInt(4)),
              field("item", flat(random)));
      case 6 ->
          field(
              name,
              new ArrowType.Struct(),
              random(random, "a", levels - 1),
              random(random, "b", levels - 1));
      case 7 -> map(name);
      case 8 -> sparseUnion(name, List.of(field("int", INT), field("text", UTF8)));
      case 9 -> denseUnion(name, List.of(child(random, levels), field("text", UTF8)));
      case 10 -> runs(name, 16 << random.nextInt(3), field("values", flat(random)));
      default -> field(name, flat(random));
    };
  }

  private static Field child(Random random, int levels) {
    return random(random, "item", levels - 1);
  }

  private static ArrowType flat(Random random) {
    return FLAT.get(random.nextInt(FLAT.size()));
  }

  static Field field(String name, ArrowType type, Field... children) {
    return new Field(name, new FieldType(true, type, null, Map.of("key", name)), List.of(children));
  }

  static Field map(String name) {
    Field key = new Field("key", FieldType.notNullable(UTF8), List.of());
    Field entries =
        new Field(
            "entries",
            FieldType.notNullable(new ArrowType.Struct()),
            List.of(key, field("value", INT)));
    return new Field(name, FieldType.nullable(new ArrowType.Map(false)), List.of(entries));
  }

  /** Type ids as Arrow Java has them, which are those of its vectors' types. */
  @SuppressWarnings("EnumOrdinal")
  private static Field sparseUnion(String name, List<Field> children) {
    int[] ids =
        children.stream()
            .mapToInt(child -> Types.getMinorTypeForArrowType(child.getType()).ordinal())
            .toArray();
    return new Field(
        name, FieldType.nullable(new ArrowType.Union(UnionMode.Sparse, ids)), children);
  }

  private static Field denseUnion(String name, List<Field> children) {
    int[] ids = IntStream.range(0, children.size()).map(i -> 3 + 2 * i).toArray();
    return new Field(name, FieldType.nullable(new ArrowType.Union(UnionMode.Dense, ids)), children);
  }

  private static Field runs(String name, int bits, Field values) {
    Field ends = new Field("run_ends", FieldType.notNullable(new ArrowType.Int(bits, true)), null);
    return field(name, new ArrowType.RunEndEncoded(), ends, values);
  }

  static Field index(String name, ArrowType.@Nullable Int type, long id, boolean ordered) {
    return new Field(
        name, new FieldType(true, type, new DictionaryEncoding(id, ordered, type)), List.of());
  }
}
