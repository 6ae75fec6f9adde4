package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.dlpack4j.importing.ForeignTable.column;
import static org.dlpack4j.table.Field.number;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.WithExports;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.LogicalType.Union.Mode;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Schema;
import org.dlpack4j.table.Table;
import org.junit.jupiter.api.Test;

/** Columns that are more than values, text and lists: adopted, refused, given on. */
@WithExports
class TableFormsTest {

  private static final TableImporter IMPORTER = TableImporter.versioned();
  private static final TableImporter STRICT = IMPORTER.checkingAllOffsets();

  private static final Field ITEM = number("item", DataType.INT64);
  private static final Field BITS = Field.of("b", new LogicalType.Bits(), DataType.UINT8);
  private static final Field VIEWS = of("v", new LogicalType.ListViewOf(), ITEM);
  private static final Field INDICES =
      new Field(
          "d", new LogicalType.Dictionary(false), Optional.of(DataType.INT32), true, List.of(ITEM));
  private static final Field RUNS =
      of("r", new LogicalType.RunEndEncoded(), number("ends", DataType.INT32), ITEM);

  private final ForeignTable foreign = new ForeignTable();

  private static Field of(String name, LogicalType type, Field... children) {
    return new Field(name, type, Optional.empty(), false, List.of(children));
  }

  private static Field union(Mode mode, Field... members) {
    return new Field(
        "u",
        new LogicalType.Union(mode, List.of(4, 9)),
        Optional.of(DataType.INT8),
        false,
        List.of(members));
  }

  private ForeignTensor ids(int... ids) {
    return foreign.bytes(ids).dataType(DataType.INT8);
  }

  private ManagedColumn items(long... values) {
    return column(foreign.longs(values));
  }

  private ManagedColumn views(int[] offsets, int... sizes) {
    return ManagedColumn.ofListViews(
        foreign.ints(offsets).pointer(), foreign.ints(sizes).pointer(), items(1, 2, 3));
  }

  private ManagedColumn runs(RowRange rows, int... ends) {
    return ManagedColumn.ofChildren(column(foreign.ints(ends)), items(new long[ends.length]))
        .withRows(rows);
  }

  private void assertRefused(TableImporter importer, Field field, ManagedColumn given, String why) {
    RefusedTableException refused =
        catchThrowableOfType(
            RefusedTableException.class, () -> importer.adopt(Schema.of(field), List.of(given)));
    assertThat(refused).hasMessageStartingWith(why + ". All tensors are still the caller's");
    foreign.assertUntouched();
  }

  private Column adopted(TableImporter importer, Field field, ManagedColumn given) {
    try (ImportedTable table = importer.adopt(Schema.of(field), List.of(given))) {
      return table.columns().getFirst().column();
    }
  }

  @Test
  void bitsAreReadFromTheFirstRowOn() {
    ManagedColumn bits = column(foreign.bytes(0b1010_0000, 0b1)).withRows(new RowRange(5, 4));
    try (ImportedTable table = IMPORTER.adopt(Schema.of(BITS), List.of(bits))) {
      ImportedColumn column = table.column("b");
      assertThat(table.rows()).isEqualTo(4);
      assertThat(List.of(column.isSet(0), column.isSet(1), column.isSet(2), column.isSet(3)))
          .containsExactly(true, false, true, true);
      assertThat(table.table().slice(3, 1).column("b").range()).contains(new RowRange(0, 1));
    }
    try (ImportedTable numbers = IMPORTER.adopt(Schema.of(ITEM), foreign.longs(1).pointer())) {
      assertThatIllegalStateException()
          .isThrownBy(() -> numbers.column("item").isSet(0))
          .withMessage("column item: expected bits but found Numeric[]; look at its elements");
    }
  }

  @Test
  void bitsMustSayTheirRowsAndHaveThem() {
    assertRefused(
        IMPORTER,
        BITS,
        column(foreign.bytes(1)),
        "column b: expected the rows of Bits[] to be given, as its tensors do not say them, but"
            + " found none");
    assertRefused(
        IMPORTER,
        BITS,
        column(foreign.bytes(1)).withRows(new RowRange(1, 8)),
        "column b, data: expected 2 elements but found 1");
    assertRefused(
        IMPORTER,
        ITEM,
        items(1, 2).withRows(new RowRange(1, 1)),
        "column item: expected rows from 0 on, where its tensors begin, but found 1; column item:"
            + " expected 2 rows but found 1");
  }

  @Test
  void aMapIsListsOfKeysAndValues() {
    Field entries = Field.struct("entries", number("key", DataType.INT64), ITEM.orNull());
    Field map = of("m", new LogicalType.MapOf(false), entries);
    ManagedColumn given =
        ManagedColumn.ofLists(
            foreign.ints(0, 1, 3).pointer(),
            ManagedColumn.ofChildren(items(1, 2, 3), items(4, 5, 6)));
    assertThat(adopted(IMPORTER, map, given).field().type()).isEqualTo(map.type());
    foreign.assertDeletedOnce();
  }

  @Test
  void listViewsMayOverlapInAnyOrder() {
    Column column = adopted(STRICT, VIEWS, views(new int[] {1, 0, 3}, 2, 3, 0));
    assertThat(column.rows()).isEqualTo(3);
    foreign.assertDeletedOnce();
  }

  @Test
  void listViewsMustLieInTheirElements() {
    assertRefused(
        IMPORTER,
        VIEWS,
        views(new int[] {4, 0}, 0, 0),
        "column v, offsets: expected 0 to 3 at row 0 but found 4");
    assertRefused(
        IMPORTER,
        VIEWS,
        views(new int[] {0, 2}, 0, 2),
        "column v, sizes: expected 0 to 1 at row 1 but found 2");
    assertRefused(
        STRICT,
        VIEWS,
        views(new int[] {0, 3, 0}, 0, Integer.MAX_VALUE, 0),
        "column v, sizes: expected 0 to 0 at row 1 but found 2147483647");
    assertRefused(
        STRICT,
        VIEWS,
        views(new int[] {0, 0, 0}, 0, -1, 0),
        "column v, sizes: expected 0 to 3 at row 1 but found -1");
    assertRefused(
        IMPORTER,
        VIEWS,
        views(new int[] {0, 0}, 1),
        "column v, sizes: expected 2 elements but found 1");
  }

  @Test
  void whatLiesBetweenIsLookedAtIfAskedForOnly() {
    assertThat(adopted(IMPORTER, VIEWS, views(new int[] {0, 9, 0}, 0, 9, 0)).rows()).isEqualTo(3);
    ManagedColumn indices = ManagedColumn.ofIndices(foreign.ints(0, 99, 1).pointer(), items(7, 8));
    assertThat(adopted(IMPORTER, INDICES, indices).rows()).isEqualTo(3);
  }

  @Test
  void indicesLeadIntoTheirDictionaryUnlessTheyAreNull() {
    ManagedColumn given =
        ManagedColumn.ofIndices(foreign.ints(1, -1, 0).pointer(), items(7, 8))
            .withValidity(foreign.bytes(0b1010).pointer(), 1);
    assertThat(adopted(STRICT, INDICES, given).validity()).isPresent();

    ForeignTable other = new ForeignTable();
    assertRefused(
        IMPORTER,
        INDICES,
        ManagedColumn.ofIndices(other.ints(1, 2).pointer(), column(other.longs(7, 8))),
        "column d, data: expected 0 to 1 at row 1 but found 2",
        other);
  }

  @Test
  void dictionariesMayLieInTheSamePlaceAndNothingElse() {
    ForeignTensor one = foreign.longs(7, 8);
    ForeignTensor same = foreign.longs(7, 8).data(one.data().address());
    ManagedColumn first = ManagedColumn.ofIndices(foreign.ints(0, 1).pointer(), column(one));
    ManagedColumn second = ManagedColumn.ofIndices(foreign.ints(1, 0).pointer(), column(same));
    Schema schema = Schema.of(INDICES, INDICES.withName("e"));
    try (ImportedTable table = STRICT.adopt(schema, List.of(first, second))) {
      assertThat(table.rows()).isEqualTo(2);
    }
    foreign.assertDeletedOnce();

    ForeignTable more = new ForeignTable();
    ForeignTensor index = more.ints(0, 0);
    ManagedColumn inside =
        ManagedColumn.ofIndices(
            index.pointer(), column(more.longs(1).data(index.data().address())));
    assertThat(
            catchThrowableOfType(
                RefusedTableException.class,
                () -> IMPORTER.adopt(Schema.of(INDICES), List.of(inside))))
        .hasMessageContaining("memory that no writable tensor shares");
  }

  @Test
  void rowsOfASparseUnionAreInEveryMember() {
    Field sparse = union(Mode.SPARSE, ITEM, number("other", DataType.INT64));
    ManagedColumn given =
        ManagedColumn.ofUnion(ids(9, 4).pointer(), MemorySegment.NULL, items(1, 2), items(3, 4));
    assertThat(adopted(STRICT, sparse, given).children()).hasSize(2);

    ForeignTable other = new ForeignTable();
    assertRefused(
        IMPORTER,
        sparse,
        ManagedColumn.ofUnion(
            other.bytes(4, 5).dataType(DataType.INT8).pointer(),
            MemorySegment.NULL,
            column(other.longs(1, 2)),
            column(other.longs(1, 2, 3))),
        "column u, data: expected one of [4, 9] at row 1 but found 5; column u.other, data:"
            + " expected 2 elements but found 3",
        other);
  }

  private static void assertRefused(
      TableImporter importer, Field field, ManagedColumn given, String why, ForeignTable of) {
    RefusedTableException refused =
        catchThrowableOfType(
            RefusedTableException.class, () -> importer.adopt(Schema.of(field), List.of(given)));
    assertThat(refused).hasMessageStartingWith(why);
    of.assertUntouched();
  }

  /** A member of a union, an element or an entry may have no tensors, and so say no length. */
  @Test
  void whatSaysNoRowsHasAsManyAsAreLedTo() {
    Field nothing = Field.struct("nothing");
    ManagedColumn none = ManagedColumn.ofChildren();
    Field union = union(Mode.DENSE, nothing, ITEM);
    Field views = of("v", new LogicalType.ListViewOf(), nothing);
    Field indices =
        new Field(
            "d",
            new LogicalType.Dictionary(false),
            Optional.of(DataType.INT32),
            true,
            List.of(nothing));
    List<ManagedColumn> given =
        List.of(
            ManagedColumn.ofUnion(
                ids(4, 9, 4).pointer(), foreign.ints(6, 0, 2).pointer(), none, items(1)),
            ManagedColumn.ofListViews(
                foreign.ints(3, 1, 0).pointer(), foreign.ints(1, 4, 0).pointer(), none),
            ManagedColumn.ofIndices(foreign.ints(2, 1, 99).pointer(), none)
                .withValidity(foreign.bytes(0b011).pointer(), 0));
    try (ImportedTable table = STRICT.adopt(Schema.of(union, views, indices), given)) {
      assertThat(table.table().column("u").children().getFirst().rows()).isEqualTo(7);
      assertThat(table.table().column("v").children().getFirst().rows()).isEqualTo(5);
      assertThat(table.table().column("d").children().getFirst().rows()).isEqualTo(3);
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void rowsOfADenseUnionAreWhereOffsetsLead() {
    Field dense = union(Mode.DENSE, ITEM, number("other", DataType.INT64));
    ManagedColumn given =
        ManagedColumn.ofUnion(
            ids(9, 4, 9).pointer(), foreign.ints(0, 1, 0).pointer(), items(1, 2), items(3));
    assertThat(adopted(STRICT, dense, given).rows()).isEqualTo(3);

    ForeignTable other = new ForeignTable();
    assertRefused(
        IMPORTER,
        dense,
        ManagedColumn.ofUnion(
            other.bytes(4, 9).dataType(DataType.INT8).pointer(),
            other.ints(0, 1).pointer(),
            column(other.longs(1, 2)),
            column(other.longs(1))),
        "column u, offsets: expected 0 to 0 at row 1 but found 1",
        other);
  }

  @Test
  void runsReachAsFarAsTheRowsThatAreAskedFor() {
    assertThat(adopted(STRICT, RUNS, runs(new RowRange(1, 5), 2, 6)).rows()).isEqualTo(5);
    assertThat(adopted(STRICT, RUNS, runs(new RowRange(0, 0))).rows()).isZero();
  }

  @Test
  void runsMustEndOneAfterAnother() {
    assertRefused(
        IMPORTER,
        RUNS,
        runs(new RowRange(2, 5), 2, 6),
        "column r: expected a last run that ends at 7 or later but found 6");
    assertRefused(
        IMPORTER,
        RUNS,
        runs(new RowRange(0, 5), 0, 6),
        "column r: expected more than 0 at run 0 but found 0");
    assertRefused(
        STRICT,
        RUNS,
        runs(new RowRange(0, 5), 2, 2, 6),
        "column r: expected more than 2 at run 1 but found 2");
    assertRefused(
        IMPORTER,
        RUNS,
        ManagedColumn.ofChildren(column(foreign.ints(1, 2)), items(1)).withRows(new RowRange(0, 2)),
        "column r.item, data: expected 2 elements but found 1");
  }

  @Test
  void whatIsOnADeviceIsNotLookedAt() {
    Device device = new Device(Device.Type.CUDA, 0);
    ManagedColumn given =
        ManagedColumn.ofIndices(foreign.ints(0, 99).device(device).pointer(), items(7, 8));
    TableImporter anywhere = STRICT.with(ImportPolicy.DEFAULT.anyDevice());
    assertThat(adopted(anywhere, INDICES, given).rows()).isEqualTo(2);
  }

  @Test
  void oneElementForEveryRowIsLookedAtOnce() {
    ForeignTensor index = foreign.ints(1).shape(1L << 40).strides(0);
    ManagedColumn given = ManagedColumn.ofIndices(index.pointer(), items(7, 8));
    assertThat(adopted(STRICT, INDICES, given).rows()).isEqualTo(1L << 40);
  }

  @Test
  void allFormsGoOnAsTheyCame() throws InterruptedException {
    Schema schema =
        Schema.of(BITS, VIEWS, INDICES, union(Mode.DENSE, ITEM, ITEM.withName("other")), RUNS);
    List<ManagedColumn> given =
        List.of(
            column(foreign.bytes(1, 2)).withRows(new RowRange(7, 3)),
            views(new int[] {0, 2, 1}, 3, 1, 0),
            ManagedColumn.ofIndices(foreign.ints(0, 1, 0).pointer(), items(7, 8)),
            ManagedColumn.ofUnion(
                ids(4, 9, 4).pointer(), foreign.ints(0, 0, 1).pointer(), items(1, 2), items(3)),
            runs(new RowRange(2, 3), 3, 9));
    ImportedTable table = STRICT.adopt(schema, given);
    Table part = table.table().slice(1, 2);
    Owner owner = table.intoOwner();
    List<ManagedColumn> again = TableExporter.export(part, owner).transferOut();
    try (ImportedTable back = STRICT.adopt(part.schema(), again)) {
      assertThat(back.rows()).isEqualTo(2);
      assertThat(back.column("r").column().range()).contains(new RowRange(3, 2));
      assertThat(back.column("b").isSet(0)).isFalse();
      assertThat(back.column("v").offsets().orElseThrow().elements().getLong(0)).isEqualTo(2);
    }
    assertThat(Exports.awaitReleased(owner, Duration.ofSeconds(20))).isTrue();
    foreign.assertDeletedOnce();
  }
}
