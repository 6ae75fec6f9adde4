package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.dlpack4j.importing.ForeignTable.column;
import static org.dlpack4j.table.Field.number;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.junit.jupiter.api.Test;

/** Tables that are not adopted, for every reason. */
class RefusedTableTest {

  private static final TableImporter IMPORTER = TableImporter.versioned();
  private static final Schema EDGES =
      Schema.of(number("src", DataType.INT64), number("dst", DataType.INT64));

  private final ForeignTable foreign = new ForeignTable();

  private static RefusedTableException refusal(
      TableImporter importer, Schema schema, ManagedColumn... columns) {
    RefusedTableException refused =
        catchThrowableOfType(
            RefusedTableException.class, () -> importer.adopt(schema, List.of(columns)));
    try (Arena arena = Arena.ofShared()) {
      assertThatExceptionOfType(RefusedTableException.class)
          .as("whatever would have held it")
          .isThrownBy(() -> importer.into(arena).adopt(schema, List.of(columns)))
          .withMessage(refused.getMessage());
    }
    assertThat(refused)
        .hasMessageEndingWith(". All tensors are still the caller's, to delete or discard");
    return refused;
  }

  private void assertRefused(
      TableImporter importer,
      Code code,
      Part part,
      String text,
      Schema schema,
      ManagedColumn... columns) {
    RefusedTableException refused = refusal(importer, schema, columns);
    assertThat(refused.violations()).hasSize(1);
    assertThat(refused.violations().get(0).code()).isEqualTo(code);
    assertThat(refused.violations().get(0).part()).isEqualTo(part);
    assertThat(refused.violations().get(0)).hasToString(text);
    foreign.assertUntouched();
  }

  private void assertRefused(
      Code code, Part part, String text, Schema schema, ManagedColumn... columns) {
    assertRefused(IMPORTER, code, part, text, schema, columns);
  }

  @Test
  void becauseOfATensorWithEveryReason() {
    ForeignTensor bad = foreign.longs(1, 2).flags(64).strides(2);
    RefusedTableException refused =
        refusal(
            IMPORTER.with(ImportPolicy.DEFAULT.requireContiguous()),
            EDGES,
            column(foreign.longs(1, 2)),
            column(bad));
    assertThat(refused.violations())
        .allMatch(violation -> violation.code() == Code.TENSOR && violation.column().equals("dst"));
    assertThat(refused.violations().get(0))
        .hasToString("column dst, data, flags: expected none but 0x7 but found 0x40");
    assertThat(refused.violations().get(1).toString())
        .startsWith("column dst, data, strides: expected row-major without gaps but found 0x");
    foreign.assertUntouched();
  }

  @Test
  void becauseOfEveryColumn() {
    RefusedTableException refused =
        refusal(IMPORTER, EDGES, column(foreign.ints(1, 2)), column(foreign.longs(1, 2).data(0)));
    assertThat(refused.violations())
        .extracting(TableViolation::code)
        .containsExactly(Code.DATA_TYPE, Code.TENSOR);
  }

  @Test
  void becauseThereAreMoreOrFewerColumns() {
    assertRefused(
        Code.COLUMN_COUNT,
        Part.COLUMN,
        "table: expected 2 columns but found 1",
        EDGES,
        column(foreign.longs(1)));
    assertRefused(
        Code.COLUMN_COUNT,
        Part.COLUMN,
        "column p: expected 1 children but found 2",
        Schema.of(Field.struct("p", number("x", DataType.INT64))),
        ManagedColumn.ofChildren(column(foreign.longs(1)), column(foreign.longs(1))));
  }

  @Test
  void becauseATensorIsMissing() {
    assertRefused(
        Code.MISSING_TENSOR,
        Part.DATA,
        "column dst, data: expected a managed tensor but found NULL",
        EDGES,
        column(foreign.longs(1)),
        ManagedColumn.of(MemorySegment.NULL));
    assertRefused(
        Code.MISSING_TENSOR,
        Part.OFFSETS,
        "column name, offsets: expected a managed tensor but found NULL",
        Schema.of(Field.text("name")),
        column(foreign.bytes(1)));
  }

  @Test
  void becauseOfATensorTooMany() {
    MemorySegment spare = foreign.bytes(1).pointer();
    String found = " but found 0x" + Long.toHexString(spare.address());
    Schema numbers = Schema.of(number("x", DataType.INT64));
    assertRefused(
        Code.UNEXPECTED_TENSOR,
        Part.VALIDITY,
        "column x, validity: expected NULL, as there is none in x int64" + found,
        numbers,
        column(foreign.longs(1)).withValidity(spare, 0));
    assertRefused(
        Code.UNEXPECTED_TENSOR,
        Part.OFFSETS,
        "column x, offsets: expected NULL, as there is none in x int64" + found,
        numbers,
        ManagedColumn.ofBytes(spare, foreign.longs(1).pointer()));
    assertRefused(
        Code.UNEXPECTED_TENSOR,
        Part.DATA,
        "column p, data: expected NULL, as there is none in p Struct[]" + found,
        Schema.of(Field.struct("p")),
        ManagedColumn.of(spare));
  }

  @Test
  void becauseOfATypeThatIsNotTheSchemasToTheBit() {
    Schema schema = Schema.of(Field.symbol("s"));
    ManagedColumn signed = column(foreign.ints(1, 2));
    String text =
        "column s, data: expected uint32, or a reinterpretation of s to be asked for, but found ";
    assertRefused(Code.DATA_TYPE, Part.DATA, text + "int32", schema, signed);
    assertRefused(
        IMPORTER.reinterpreting(Reinterpretation.SYMBOL_IDS, "t"),
        Code.DATA_TYPE,
        Part.DATA,
        text + "int32",
        schema,
        signed);
    assertRefused(
        IMPORTER.reinterpreting(Reinterpretation.BYTES_AS_BOOL, "s"),
        Code.DATA_TYPE,
        Part.DATA,
        text + "int32",
        schema,
        signed);
    assertRefused(
        IMPORTER
            .reinterpreting(Reinterpretation.BITS, "s")
            .reinterpreting(Reinterpretation.SYMBOL_IDS, "s"),
        Code.DATA_TYPE,
        Part.DATA,
        text + "int64",
        schema,
        column(foreign.longs(1)));
  }

  @Test
  void becauseAReinterpretationWouldMisalignIt() {
    DataType pair = new DataType(DataType.Code.INT, 32, 2);
    assertRefused(
        IMPORTER.reinterpreting(Reinterpretation.BITS, "x"),
        Code.DATA_TYPE,
        Part.DATA,
        "column x, data: expected int64, or a reinterpretation of x to be asked for, but found"
            + " int32x2",
        Schema.of(number("x", DataType.INT64)),
        column(foreign.tensor(pair, 2).byteOffset(4)));
  }

  @Test
  void becauseColumnsDifferInLength() {
    assertRefused(
        Code.LENGTH,
        Part.DATA,
        "column dst, data: expected 3 elements but found 2",
        EDGES,
        column(foreign.longs(1, 2, 3)),
        column(foreign.longs(1, 2)));
    assertRefused(
        IMPORTER.expectingRows(2),
        Code.LENGTH,
        Part.DATA,
        "column src, data: expected 2 elements but found 3",
        EDGES,
        column(foreign.longs(1, 2, 3)),
        column(foreign.longs(1, 2)));
  }

  @Test
  void becauseAPartOfAColumnIsTooShortOrTooLong() {
    ManagedColumn nine = column(foreign.tensor(DataType.UINT8, 9));
    Field bytes = number("x", DataType.UINT8).orNull();
    assertRefused(
        Code.LENGTH,
        Part.VALIDITY,
        "column x, validity: expected 2 elements but found 1",
        Schema.of(bytes),
        nine.withValidity(foreign.bytes(-1).pointer(), 0));
    assertRefused(
        Code.LENGTH,
        Part.VALIDITY,
        "column x, validity: expected 3 elements but found 2",
        Schema.of(bytes),
        column(foreign.tensor(DataType.UINT8, 16))
            .withValidity(foreign.bytes(-1, -1).pointer(), 1));
    assertRefused(
        Code.LENGTH,
        Part.OFFSETS,
        "column t, offsets: expected 2 elements but found 3",
        Schema.of(number("x", DataType.INT64), Field.text("t")),
        column(foreign.longs(1)),
        ManagedColumn.ofBytes(foreign.ints(0, 0, 0).pointer(), foreign.bytes(1).pointer()));
    assertRefused(
        Code.LENGTH,
        Part.DATA,
        "column p.y, data: expected 2 elements but found 1",
        Schema.of(Field.struct("p", number("x", DataType.INT64), number("y", DataType.INT64))),
        ManagedColumn.ofChildren(column(foreign.longs(1, 2)), column(foreign.longs(1))));
    assertRefused(
        Code.LENGTH,
        Part.DATA,
        "column h, data: expected 4 bytes a row but found 3",
        Schema.of(Field.of("h", new LogicalType.FixedBinary(4), DataType.UINT8)),
        column(foreign.tensor(DataType.UINT8, 2, 3)));
  }

  @Test
  void becauseListsOfOneSizeAreOfAnother() {
    Field pairs =
        new Field(
            "p",
            new LogicalType.FixedListOf(2),
            Optional.empty(),
            false,
            List.of(number("item", DataType.INT64)));
    assertRefused(
        Code.LENGTH,
        Part.DATA,
        "column p.item, data: expected 2 elements but found 3",
        Schema.of(pairs),
        ManagedColumn.ofChildren(column(foreign.longs(1, 2, 3))));
    assertRefused(
        IMPORTER.expectingRows(Long.MAX_VALUE),
        Code.LENGTH,
        Part.COLUMN,
        "column p: expected at most 4611686018427387903 rows of 2 elements each but found"
            + " 9223372036854775807",
        Schema.of(pairs),
        ManagedColumn.ofChildren(column(foreign.longs(1, 2, 3))));
  }

  @Test
  void becauseOffsetsLeadOutside() {
    Schema schema = Schema.of(Field.text("t"));
    MemorySegment data = foreign.bytes('a', 'b', 'c').pointer();
    assertRefused(
        Code.OFFSETS,
        Part.OFFSETS,
        "column t, offsets: expected 0 to 3 at row 0 but found -1",
        schema,
        ManagedColumn.ofBytes(foreign.ints(-1, 2).pointer(), data));
    assertRefused(
        Code.OFFSETS,
        Part.OFFSETS,
        "column t, offsets: expected 1 to 3 at row 2 but found 4",
        schema,
        ManagedColumn.ofBytes(foreign.longs(1, 2, 4).pointer(), data));
    assertRefused(
        Code.OFFSETS,
        Part.OFFSETS,
        "column t, offsets: expected 2 to 3 at row 1 but found 1",
        schema,
        ManagedColumn.ofBytes(foreign.ints(2, 1).pointer(), data));
    assertRefused(
        Code.OFFSETS,
        Part.OFFSETS,
        "column l, offsets: expected 0 to 1 at row 1 but found 2",
        Schema.of(Field.list("l", number("item", DataType.INT64))),
        ManagedColumn.ofLists(foreign.ints(0, 2).pointer(), column(foreign.longs(1))));
  }

  @Test
  void becauseAnOffsetInTheMiddleLeadsOutsideIfAllAreChecked() {
    Schema schema = Schema.of(Field.text("t"));
    ManagedColumn text =
        ManagedColumn.ofBytes(
            foreign.ints(0, 3, 2, 3).pointer(), foreign.bytes('a', 'b', 'c').pointer());
    assertRefused(
        IMPORTER.checkingAllOffsets(),
        Code.OFFSETS,
        Part.OFFSETS,
        "column t, offsets: expected 3 to 3 at row 2 but found 2",
        schema,
        text);
    IMPORTER.adopt(schema, List.of(text)).close();
    foreign.assertDeletedOnce();
  }

  @Test
  void becauseMoreBitsAreToBeSkippedThanAByteHas() {
    for (int skip : new int[] {-1, 8}) {
      assertRefused(
          Code.SKIP,
          Part.VALIDITY,
          "column x, validity: expected 0 to 7 bits to skip but found " + skip,
          Schema.of(number("x", DataType.INT64).orNull()),
          column(foreign.longs(1)).withValidity(foreign.bytes(1, 1, 1).pointer(), skip));
    }
  }

  @Test
  void becauseATensorIsThereTwice() {
    ForeignTensor twice = foreign.longs(1, 2);
    assertRefused(
        Code.DUPLICATE,
        Part.DATA,
        "column dst, data: expected a tensor of its own but found the data of src in the same"
            + " place",
        EDGES,
        column(twice),
        column(twice));
  }

  @Test
  void becauseATensorIsThereTwiceAmongManyMembers() {
    ForeignTensor twice = foreign.longs(-1);
    ForeignTensor thrice = foreign.longs(-2);
    List<ManagedColumn> members = new ArrayList<>();
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      fields.add(number("m" + i, DataType.INT64));
      members.add(column(i % 90 == 5 ? twice : i % 40 == 1 ? thrice : foreign.longs(i)));
    }
    RefusedTableException refused =
        refusal(
            IMPORTER,
            Schema.of(Field.struct("s", fields.toArray(Field[]::new))),
            ManagedColumn.ofChildren(members.toArray(ManagedColumn[]::new)));
    assertThat(refused.violations())
        .filteredOn(violation -> violation.code() == Code.DUPLICATE)
        .extracting(TableViolation::column)
        .containsExactly("s.m41", "s.m95");
    foreign.assertUntouched();
  }

  @Test
  void becauseOneCouldBeWrittenWhereAnotherLies() {
    ForeignTensor src = foreign.longs(1, 2, 3);
    ForeignTensor overlapping =
        foreign.tensor(DataType.INT64, 3).data(src.data().address() + 16).flags(1);
    assertRefused(
        Code.ALIASING,
        Part.DATA,
        "column dst, data: expected memory that no writable tensor shares but found the data of"
            + " src in the same place",
        EDGES,
        column(src),
        column(overlapping));
  }

  @Test
  void becauseColumnsOfAMatrixTouchEachOther() {
    long data = foreign.ints(1, 10, 2, 20).data().address();
    ForeignTensor src = foreign.tensor(DataType.INT64, 2).strides(2).data(data);
    ForeignTensor dst = foreign.tensor(DataType.INT64, 2).strides(3).data(data + 8);
    ForeignTensor near = foreign.tensor(DataType.INT64, 2).strides(2).data(data).byteOffset(4);
    TableImporter importer = IMPORTER.with(ImportPolicy.DEFAULT.allowUnaligned());
    for (ForeignTensor other : List.of(dst, near)) {
      assertThat(refusal(importer, EDGES, column(src), column(other)).violations())
          .extracting(TableViolation::code)
          .containsExactly(Code.ALIASING);
    }
  }

  @Test
  void thatIsToBeDiscardedIsDeletedOnceWithTensorsThatNobodyLookedAt() {
    ForeignTensor twice = foreign.longs(1);
    ForeignTensor unvisited = foreign.longs(2).version(9, 9);
    assertThatExceptionOfType(RefusedTableException.class)
        .isThrownBy(
            () ->
                IMPORTER.adoptOrDiscard(
                    EDGES, twice.pointer(), twice.pointer(), unvisited.pointer()))
        .withMessageEndingWith(". All tensors have been discarded");
    foreign.assertDeletedOnce();
  }

  @Test
  void thatIsToBeDiscardedIsLeftWhereThereIsNothingToCall() {
    ForeignTensor good = foreign.longs(1);
    assertThatExceptionOfType(RefusedTableException.class)
        .isThrownBy(
            () -> IMPORTER.adoptOrDiscard(EDGES, good.pointer(), MemorySegment.ofAddress(4)))
        .withMessageEndingWith(
            ". 1 cannot be discarded and are still the caller's; the others have been");
    foreign.assertDeletedOnce();
  }

  @Test
  void isWhatItWasAfterSerialization() throws IOException, ClassNotFoundException {
    RefusedTableException refused = refusal(IMPORTER, EDGES, column(foreign.longs(1)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(refused);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      RefusedTableException read = (RefusedTableException) in.readObject();
      assertThat(read).hasMessage(refused.getMessage());
      assertThat(read.violations()).isEqualTo(refused.violations());
    }
  }
}
