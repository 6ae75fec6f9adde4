package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.dlpack4j.importing.ForeignTable.column;
import static org.dlpack4j.table.Field.number;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.Device;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.junit.jupiter.api.Test;

/** Tables whose tensors touch each other, lie between each other, or are one. */
class AliasedTablesTest {

  private static final TableImporter IMPORTER = TableImporter.versioned();
  private static final Field Y = number("y", DataType.INT64);
  private static final DataType INT4X2 = new DataType(Code.INT, 4, 2);

  private final ForeignTable foreign = new ForeignTable();

  private static List<String> reasons(
      TableImporter importer, Schema schema, ManagedColumn... columns) {
    return catchThrowableOfType(
            RefusedTableException.class, () -> importer.adopt(schema, Arrays.asList(columns)))
        .violations()
        .stream()
        .map(TableViolation::toString)
        .toList();
  }

  @Test
  void doNotHideAnOverlapBehindAHandle() {
    ForeignTensor first = foreign.longs(1, 2, 3);
    ForeignTensor handle =
        foreign.tensor(DataType.INT64, 3).device(new Device(7, 0)).data(Long.MAX_VALUE);
    ForeignTensor again = foreign.tensor(DataType.INT64, 3).data(first.data().address());
    Schema schema =
        Schema.of(number("a", DataType.INT64), number("b", DataType.INT64), Y.withName("c"));
    TableImporter importer = IMPORTER.with(ImportPolicy.DEFAULT.anyDevice());
    assertThat(reasons(importer, schema, column(first), column(handle), column(again)))
        .containsExactly(
            "column c, data: expected memory that no writable tensor shares but found the data of"
                + " a in the same place");
  }

  /** Two bytes an element and not one, so that the second begins within the first. */
  @Test
  void ofPaddedLanesAreNotBetweenEachOtherWhereTheyTouch() {
    long padded = TensorFlags.IS_SUBBYTE_TYPE_PADDED;
    ForeignTensor low = foreign.tensor(INT4X2, 3).strides(2).flags(padded);
    ForeignTensor high =
        foreign.tensor(INT4X2, 3).strides(2).flags(padded).data(low.data().address() + 1);
    ForeignTensor between =
        foreign.tensor(INT4X2, 3).strides(2).flags(padded).data(low.data().address() + 2);
    Schema schema = Schema.of(number("a", INT4X2), number("b", INT4X2));
    assertThat(reasons(IMPORTER, schema, column(low), column(high)))
        .singleElement()
        .asString()
        .startsWith("column b, data: expected memory that no writable tensor shares");
    IMPORTER.adopt(schema, low.pointer(), between.pointer()).close();
  }

  @Test
  void ofAMatrixMayBeginAnywhere() {
    ForeignTensor matrix = foreign.tensor(DataType.INT64, 12);
    long data = matrix.data().address();
    ForeignTensor second = foreign.tensor(DataType.INT64, 3).strides(4).data(data + 8);
    ForeignTensor last = foreign.tensor(DataType.INT64, 3).strides(4).data(data + 24);
    IMPORTER.adopt(second.pointer(), last.pointer()).close();
    assertThat(second.deletions() + last.deletions()).isEqualTo(2);
  }

  @Test
  void ofAMatrixAreRefusedWhereAColumnReachesIntoTheNextRow() {
    ForeignTensor first = foreign.tensor(DataType.INT64, 2).strides(2);
    ForeignTensor late =
        foreign.tensor(DataType.INT64, 2).strides(2).data(first.data().address() + 12);
    TableImporter importer = IMPORTER.with(ImportPolicy.DEFAULT.allowUnaligned());
    Schema schema = Schema.of(number("x", DataType.INT64), Y);
    assertThat(reasons(importer, schema, column(first), column(late)))
        .singleElement()
        .asString()
        .startsWith("column y, data: expected memory that no writable tensor shares");
  }

  /** The one that ended shares no row with the matrix; both it and the longest are read-only. */
  @Test
  void ofAMatrixMayTouchWhatEndedBefore() {
    ForeignTensor longest = foreign.tensor(DataType.INT32, 3).strides(4).flags(1);
    long data = longest.data().address();
    ForeignTensor ended = foreign.tensor(DataType.INT32, 3).strides(0).flags(1).data(data + 4);
    ForeignTensor written = foreign.tensor(DataType.INT32, 3).strides(4).data(data + 8);
    IMPORTER.adopt(longest.pointer(), ended.pointer(), written.pointer()).close();
    foreign.assertDeletedOnce();
  }

  @Test
  void ofManyColumnsAreRefusedForEachOneThatIsThereTwice() {
    ManagedColumn[] columns = new ManagedColumn[300];
    Field[] fields = new Field[300];
    Arrays.setAll(fields, i -> number("c" + i, DataType.INT64));
    Arrays.setAll(columns, _ -> column(foreign.longs(1)));
    columns[299] = columns[7];
    columns[150] = columns[149];
    assertThat(reasons(IMPORTER, Schema.of(fields), columns))
        .containsExactly(
            "column c150, data: expected a tensor of its own but found the data of c149 in the"
                + " same place",
            "column c299, data: expected a tensor of its own but found the data of c7 in the same"
                + " place");
  }

  @Test
  void areRefusedWithTheNameOfWhateverPartIsThereTwice() {
    MemorySegment bytes = foreign.bytes(0, 1, 2, 3).pointer();
    MemorySegment offsets = foreign.ints(0, 2, 4).pointer();
    Schema schema =
        Schema.of(
            Field.text("t").orNull(),
            Field.list("l", number("item", DataType.UINT8)),
            Field.list("k", number("item", DataType.UINT8)));
    assertThat(
            reasons(
                IMPORTER,
                schema,
                ManagedColumn.ofBytes(offsets, foreign.bytes(1, 2, 3, 4).pointer())
                    .withValidity(bytes, 0),
                ManagedColumn.ofLists(offsets, ManagedColumn.of(bytes)),
                ManagedColumn.ofLists(
                    foreign.ints(0, 2, 4).pointer(), column(foreign.bytes(1, 2, 3, 4)))))
        .containsExactlyInAnyOrder(
            "column l, offsets: expected a tensor of its own but found the offsets of t in the"
                + " same place",
            "column l.item, data: expected a tensor of its own but found the validity of t in the"
                + " same place");
  }
}
