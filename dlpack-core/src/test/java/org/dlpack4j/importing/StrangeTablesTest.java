package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.dlpack4j.importing.ForeignTable.column;
import static org.dlpack4j.table.Field.number;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.Device;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.junit.jupiter.api.Test;

/** Tables that a fuzzer would think of: of nothing, beyond counting, or with too few offsets. */
class StrangeTablesTest {

  private static final TableImporter IMPORTER = TableImporter.versioned();
  private static final Field NOTHING = Field.struct("nothing");
  private static final ManagedColumn NONE = ManagedColumn.ofChildren();
  private static final Field Y = number("y", DataType.INT64);
  private static final DataType INT4X2 = new DataType(Code.INT, 4, 2);

  private final ForeignTable foreign = new ForeignTable();

  private static Field fixedLists(String name, int size, Field element) {
    return new Field(
        name, new LogicalType.FixedListOf(size), Optional.empty(), false, List.of(element));
  }

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
  void ofNothingAtAllIsAsLongAsTheColumnsAfterIt() {
    Schema schema =
        Schema.of(Field.struct("p", NOTHING), fixedLists("f", 2, Field.struct("q", NOTHING)), Y);
    ManagedColumn within = ManagedColumn.ofChildren(NONE);
    ManagedColumn lists = ManagedColumn.ofChildren(within);
    try (ImportedTable table =
        IMPORTER.adopt(schema, List.of(within, lists, column(foreign.longs(1, 2, 3))))) {
      assertThat(table.table().rows()).isEqualTo(3);
      assertThat(table.column("p").children().get(0).rows()).isEqualTo(3);
      assertThat(table.column("f").children().get(0).rows()).isEqualTo(6);
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void ofListsOfNothingHasAsManyAsTheOffsetsSay() {
    Schema schema = Schema.of(Field.list("l", NOTHING));
    ManagedColumn lists = ManagedColumn.ofLists(foreign.ints(0, 2, 5).pointer(), NONE);
    try (ImportedTable table = IMPORTER.adopt(schema, List.of(lists))) {
      assertThat(table.table().column("l").children().get(0).rows()).isEqualTo(5);
    }
    ManagedColumn falling = ManagedColumn.ofLists(foreign.ints(2, 1).pointer(), NONE);
    assertThat(reasons(IMPORTER, schema, falling))
        .containsExactly(
            "column l, offsets: expected 2 to 9223372036854775807 at row 1 but found 1");
  }

  @Test
  void areNotAlsoRefusedForTheLengthOfWhatIsRefusedAnyway() {
    String type =
        "column p.x, data: expected int64, or a reinterpretation of p.x to be asked for, but found"
            + " int32";
    ManagedColumn wrong = ManagedColumn.ofChildren(column(foreign.ints(1, 2)));
    ManagedColumn y = column(foreign.longs(1, 2, 3));
    Field x = number("x", DataType.INT64);
    assertThat(reasons(IMPORTER, Schema.of(Field.struct("p", x), Y), wrong, y))
        .containsExactly(type);
    assertThat(reasons(IMPORTER, Schema.of(fixedLists("p", 2, x), Y), wrong, y))
        .containsExactly(type);
    assertThat(reasons(IMPORTER, Schema.of(fixedLists("p", 2, x), Y), NONE, y))
        .containsExactly("column p: expected 1 children but found 0");
    MemorySegment offsets = foreign.ints(0, 1, 1, 2).pointer();
    ManagedColumn lists = ManagedColumn.ofLists(offsets, column(foreign.ints(1, 2)));
    assertThat(reasons(IMPORTER, Schema.of(Field.list("p", x), Y), lists, y)).containsExactly(type);
  }

  @Test
  void ofMoreElementsThanALongCountsAreRefused() {
    TableImporter importer = IMPORTER.expectingRows(1L << 62);
    String reason =
        "column p: expected at most 4611686018427387903 rows of 2 elements each but found"
            + " 4611686018427387904";
    ForeignTensor most = foreign.tensor(DataType.INT8, Long.MAX_VALUE).strides(0);
    Field item = number("item", DataType.INT8);
    assertThat(
            reasons(
                importer,
                Schema.of(fixedLists("p", 2, item)),
                ManagedColumn.ofChildren(column(most))))
        .containsExactly(reason);
    assertThat(
            reasons(
                importer, Schema.of(fixedLists("p", 2, NOTHING)), ManagedColumn.ofChildren(NONE)))
        .containsExactly(reason);
    foreign.assertUntouched();
  }

  @Test
  void ofAsManyElementsAsALongCountsAreAdopted() {
    TableImporter importer = IMPORTER.expectingRows(Long.MAX_VALUE / 2);
    Schema schema = Schema.of(fixedLists("p", 2, NOTHING));
    try (ImportedTable table = importer.adopt(schema, List.of(ManagedColumn.ofChildren(NONE)))) {
      assertThat(table.column("p").children().get(0).rows()).isEqualTo(Long.MAX_VALUE - 1);
    }
  }

  @Test
  void withoutRowsNeedNoOffsetsButWithRowsDo() {
    Schema schema = Schema.of(Field.text("t"));
    ManagedColumn none =
        ManagedColumn.ofBytes(foreign.ints().pointer(), foreign.bytes('a').pointer());
    try (ImportedTable table = IMPORTER.adopt(schema, List.of(none))) {
      assertThat(table.table().rows()).isZero();
    }
    assertThat(reasons(IMPORTER.expectingRows(1), schema, none))
        .containsExactly("column t, offsets: expected 2 elements but found 0");
    assertThat(
            reasons(
                IMPORTER.expectingRows(0),
                schema,
                ManagedColumn.ofBytes(foreign.ints(5).pointer(), foreign.bytes('a').pointer())))
        .containsExactly("column t, offsets: expected 0 to 1 at row 0 but found 5");
  }

  @Test
  void ofMoreRowsThanOffsetsCanBeAreRefusedWithTheirNumber() {
    ManagedColumn text =
        ManagedColumn.ofBytes(foreign.ints(0, 1).pointer(), foreign.bytes('a').pointer());
    assertThat(reasons(IMPORTER.expectingRows(Long.MAX_VALUE), Schema.of(Field.text("t")), text))
        .containsExactly("column t, offsets: expected 9223372036854775808 elements but found 2");
  }

  @Test
  void ofPaddedLanesAreNotTakenForLanesWithOtherGaps() {
    ForeignTensor padded = foreign.tensor(INT4X2, 3).flags(TensorFlags.IS_SUBBYTE_TYPE_PADDED);
    TableImporter importer = IMPORTER.reinterpreting(Reinterpretation.BITS, "x");
    for (DataType wanted : List.of(new DataType(Code.INT, 2, 4), DataType.INT8)) {
      assertThat(reasons(importer, Schema.of(number("x", wanted)), column(padded)))
          .singleElement()
          .asString()
          .endsWith("but found int4x2");
    }
    DataType unsigned = new DataType(Code.UINT, 4, 2);
    try (ImportedTable table = importer.adopt(Schema.of(number("x", unsigned)), padded.pointer())) {
      assertThat(table.column("x").elements().layout().shape()).containsExactly(3, 2);
    }
  }

  @Test
  void withoutRowsAreReinterpretedWhereverTheyBegin() {
    DataType pair = new DataType(Code.INT, 32, 2);
    ForeignTensor empty = foreign.tensor(pair, 0).byteOffset(4);
    TableImporter importer = IMPORTER.reinterpreting(Reinterpretation.BITS, "y");
    try (ImportedTable table = importer.adopt(Schema.of(Y), empty.pointer())) {
      assertThat(table.rows()).isZero();
    }
  }

  @Test
  void withOffsetsTooFewAreRefusedBeforeTheOffsetsAreRead() {
    ManagedColumn text =
        ManagedColumn.ofBytes(foreign.ints(0).pointer(), foreign.bytes('a').pointer());
    assertThat(
            reasons(IMPORTER, Schema.of(Y, Field.text("t")), column(foreign.longs(1, 2, 3)), text))
        .containsExactly("column t, offsets: expected 4 elements but found 1");
  }

  @Test
  void withOffsetsOnADeviceAreNotLookedInto() {
    ForeignTensor offsets = foreign.ints(5, 1).device(Device.cuda(0)).data(4096);
    TableImporter importer = IMPORTER.with(ImportPolicy.DEFAULT.anyDevice());
    ManagedColumn text = ManagedColumn.ofBytes(offsets.pointer(), foreign.bytes('a').pointer());
    try (ImportedTable table =
        importer.checkingAllOffsets().adopt(Schema.of(Field.text("t")), List.of(text))) {
      assertThat(table.rows()).isEqualTo(1);
    }
  }

  @Test
  void mayBeExpectedToHaveNoRowsButNotFewer() {
    ForeignTensor empty = foreign.tensor(DataType.INT64, 0);
    IMPORTER.expectingRows(0).adopt(empty.pointer()).close();
    foreign.assertDeletedOnce();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IMPORTER.expectingRows(-1))
        .withMessage("rows: expected 0 or more but found -1");
  }

  @Test
  void thatAreAcceptableAreNotDiscarded() {
    Schema schema = Schema.of(Y);
    ForeignTensor one = foreign.longs(1);
    ForeignTensor other = foreign.longs(2);
    try (ImportedTable first = IMPORTER.adoptOrDiscard(schema, one.pointer());
        ImportedTable second = IMPORTER.adoptOrDiscard(schema, List.of(column(other)))) {
      assertThat(first.column("y").elements().getLong(0)).isEqualTo(1);
      assertThat(second.column("y").elements().getLong(0)).isEqualTo(2);
      foreign.assertUntouched();
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void areDiscardedWithTheirChildren() {
    ManagedColumn inner = ManagedColumn.ofChildren(column(foreign.ints(1)));
    assertThatExceptionOfType(RefusedTableException.class)
        .isThrownBy(
            () ->
                IMPORTER.adoptOrDiscard(
                    Schema.of(), List.of(ManagedColumn.ofChildren(inner, column(foreign.ints(2))))))
        .withMessageEndingWith("All tensors have been discarded");
    foreign.assertDeletedOnce();
  }

  @Test
  void areReinterpretedAsAskedForAndNotBeyond() {
    Field truth = number("x", DataType.BOOL);
    Field bytes = number("x", DataType.UINT8);
    Field floats = number("x", DataType.FLOAT32);
    Field symbols = Field.symbol("x");
    Field pairs = number("x", new DataType(Code.UINT, 16, 2));
    assertThat(isTaken(Reinterpretation.BYTES_AS_BOOL, DataType.UINT8, truth)).isTrue();
    assertThat(isTaken(Reinterpretation.BYTES_AS_BOOL, DataType.BOOL, bytes)).isTrue();
    assertThat(isTaken(Reinterpretation.BYTES_AS_BOOL, DataType.INT8, truth)).isFalse();
    assertThat(isTaken(Reinterpretation.BYTES_AS_BOOL, DataType.BOOL, number("x", DataType.INT8)))
        .isFalse();
    assertThat(isTaken(Reinterpretation.BYTES_AS_BOOL, DataType.INT8, bytes)).isFalse();
    assertThat(isTaken(Reinterpretation.SIGNEDNESS, DataType.INT8, bytes)).isTrue();
    assertThat(isTaken(Reinterpretation.SIGNEDNESS, DataType.INT32, floats)).isFalse();
    assertThat(isTaken(Reinterpretation.SIGNEDNESS, DataType.FLOAT32, symbols)).isFalse();
    assertThat(isTaken(Reinterpretation.SIGNEDNESS, DataType.INT32, pairs)).isFalse();
    assertThat(isTaken(Reinterpretation.SYMBOL_IDS, DataType.INT32, symbols)).isTrue();
    assertThat(isTaken(Reinterpretation.SYMBOL_IDS, DataType.FLOAT32, symbols)).isFalse();
    assertThat(isTaken(Reinterpretation.SYMBOL_IDS, DataType.INT32, floats)).isFalse();
    assertThat(isTaken(Reinterpretation.BITS, DataType.FLOAT32, symbols)).isTrue();
    assertThat(isTaken(Reinterpretation.BITS, DataType.FLOAT64, symbols)).isFalse();
  }

  private boolean isTaken(Reinterpretation how, DataType found, Field wanted) {
    ForeignTensor tensor = foreign.tensor(found, 2);
    try (ImportedTable table =
        IMPORTER.reinterpreting(how, "x").adopt(Schema.of(wanted), tensor.pointer())) {
      assertThat(table.table().schema()).isEqualTo(Schema.of(wanted));
      return true;
    } catch (RefusedTableException e) {
      assertThat(e.violations())
          .singleElement()
          .matches(violation -> violation.code() == TableViolation.Code.DATA_TYPE);
      return false;
    }
  }
}
