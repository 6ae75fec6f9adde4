package org.dlpack4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.junit.jupiter.api.Test;

/** Columns that are more than values, text and lists. */
class ColumnFormsTest {

  private static final MemorySegment MEMORY = Arena.global().allocate(512, 64);
  private static final Column NUMBERS = Column.of("item", view(DataType.INT32, 9));

  private static TensorView view(DataType type, long... shape) {
    return TensorView.of(MEMORY, type, shape);
  }

  private static long at(TensorView view) {
    return view.dataAddress() - MEMORY.address();
  }

  @Test
  void aSliceOfBitsBeginsWithAByteAndSkipsBits() {
    Column bits = Column.ofBits("b", new RowRange(3, 40), view(DataType.UINT8, 6));
    assertThat(bits).hasToString("b uint8 Bits[], 40 rows");

    Column part = bits.slice(10, 9);
    assertThat(part.range()).contains(new RowRange(5, 9));
    assertThat(at(part.data())).isEqualTo(1);
    assertThat(part.data().layout().shape(0)).isEqualTo(2);
    assertThat(part.slice(9, 0).rows()).isZero();
  }

  @Test
  void bitsAreAsManyAsThereAreBytesFor() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.ofBits("b", new RowRange(1, 16), view(DataType.UINT8, 2)))
        .withMessageStartingWith("column b: expected data of Bits[] but found uint8[2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.of("b", new LogicalType.Bits(), view(DataType.UINT8, 2)))
        .withMessage(
            "column b: expected a type whose data says its rows but found Bits[]; use the method"
                + " for it");
  }

  @Test
  void aMapIsListsOfEntriesWhoseKeysAreNeverNull() {
    Column keys = Column.of("key", view(DataType.INT64, 5));
    Column values = Column.of("value", view(DataType.INT8, 5));
    Column entries = Column.ofStructs("entries", 5, List.of(keys, values));
    LogicalType.MapOf type = new LogicalType.MapOf(true);
    Column map = Column.ofMaps("m", type, view(DataType.INT32, 4), entries);
    assertThat(map.slice(1, 2).rows()).isEqualTo(2);
    assertThat(map.field().type()).isEqualTo(type);

    Validity some = new Validity(view(DataType.UINT8, 1), 0);
    Column nullKeys = Column.ofStructs("entries", 5, List.of(keys.withValidity(some), values));
    for (Column wrong : List.of(keys, nullKeys, entries.withValidity(some))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Column.ofMaps("m", type, view(DataType.INT32, 4), wrong))
          .withMessageStartingWith(
              "column m: expected entries that are structs of a key and a value, without nulls, but"
                  + " found "
                  + wrong.field());
    }
  }

  @Test
  void aSliceOfListViewsHasItsOffsetsAndSizesAndAllElements() {
    Column views =
        Column.ofListViews("v", view(DataType.INT32, 4), view(DataType.INT64, 4), NUMBERS);
    Column part = views.slice(1, 2);
    assertThat(at(part.offsets().orElseThrow())).isEqualTo(4);
    assertThat(at(part.sizes().orElseThrow())).isEqualTo(8);
    assertThat(part.sizes().orElseThrow().layout().shape(0)).isEqualTo(2);
    assertThat(part.children().getFirst().rows()).isEqualTo(9);

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Column.ofListViews("v", view(DataType.INT32, 4), view(DataType.INT32, 5), NUMBERS))
        .withMessageStartingWith(
            "column v: expected sizes of int32 or int64, one a row, without gaps but found"
                + " int32[5]");
  }

  @Test
  void aSliceOfIndicesHasAllOfTheDictionary() {
    LogicalType.Dictionary type = new LogicalType.Dictionary(true);
    Column column = Column.ofIndices("d", type, view(DataType.UINT16, 6), NUMBERS);
    Column part = column.slice(2, 3).withValidity(new Validity(view(DataType.UINT8, 1), 0));
    assertThat(at(part.data())).isEqualTo(4);
    assertThat(part.children().getFirst().rows()).isEqualTo(9);
    assertThat(part.field()).hasToString("d uint16 Dictionary[ordered=true][item int32] or null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.ofIndices("d", type, view(DataType.FLOAT32, 6), NUMBERS));
  }

  @Test
  void aSliceOfASparseUnionSlicesEveryMember() {
    Column other = Column.of("other", view(DataType.INT8, 9));
    Column union =
        Column.ofSparseUnion("u", List.of(3, 5), view(DataType.INT8, 9), List.of(NUMBERS, other));
    Column part = union.slice(2, 4);
    assertThat(part.children()).extracting(Column::rows).containsExactly(4L, 4L);
    assertThat(at(part.children().get(0).data())).isEqualTo(8);
    assertThat(at(part.data())).isEqualTo(2);

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Column.ofSparseUnion("u", List.of(3), view(DataType.INT8, 8), List.of(NUMBERS)))
        .withMessage("column u: expected 8 rows of child item but found 9");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Column.ofSparseUnion("u", List.of(3, 4), view(DataType.INT8, 9), List.of(NUMBERS)))
        .withMessageStartingWith("column u: expected 2 children of Union");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Column.ofSparseUnion("u", List.of(3, 4), view(DataType.INT8, 9), List.of()))
        .withMessageStartingWith("column u: expected 2 children of Union");
  }

  @Test
  void aSliceOfADenseUnionHasAllRowsOfItsMembers() {
    Column union =
        Column.ofDenseUnion(
            "u", List.of(0), view(DataType.INT8, 20), view(DataType.INT32, 20), List.of(NUMBERS));
    Column part = union.slice(4, 7);
    assertThat(part.rows()).isEqualTo(7);
    assertThat(at(part.offsets().orElseThrow())).isEqualTo(16);
    assertThat(part.children().getFirst().rows()).isEqualTo(9);
  }

  @Test
  void aUnionHasNoNullsOfItsOwn() {
    Column union = Column.ofSparseUnion("u", List.of(3), view(DataType.INT8, 9), List.of(NUMBERS));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> union.withValidity(new Validity(view(DataType.UINT8, 2), 0)))
        .withMessageStartingWith("column u: expected no validity");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> union.field().orNull())
        .withMessageStartingWith("field u: expected no nulls of its own");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LogicalType.Union(LogicalType.Union.Mode.DENSE, List.of(1, 1)))
        .withMessage("union type ids: expected numbers of 0 to 127, each once, but found [1, 1]");
  }

  @Test
  void aSliceOfRunsHasAllRunsAndSkipsRows() {
    Column ends = Column.of("run_ends", view(DataType.INT16, 9));
    Column runs = Column.ofRuns("r", new RowRange(0, 100), ends, NUMBERS);
    Column part = runs.slice(40, 20).slice(5, 10);
    assertThat(part.rows()).isEqualTo(10);
    assertThat(part.range()).contains(new RowRange(45, 10));
    assertThat(part.children()).extracting(Column::rows).containsExactly(9L, 9L);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.ofRuns("r", new RowRange(0, 1), NUMBERS.slice(0, 2), NUMBERS))
        .withMessageContaining("expected each name once");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.ofRuns("r", new RowRange(0, 1), ends.slice(0, 2), NUMBERS))
        .withMessage("column r: expected 2 rows of child item but found 9");
    Column unsigned = Column.of("run_ends", view(DataType.UINT32, 9));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.ofRuns("r", new RowRange(0, 1), unsigned, NUMBERS))
        .withMessageStartingWith("column r: expected run ends of int16, int32 or int64");
  }

  @Test
  void anIntervalIsAsManyBytesAsItsPartsAre() {
    LogicalType type = new LogicalType.Interval(LogicalType.Interval.Unit.MONTH_DAY_NANO);
    assertThat(Column.of("i", type, view(DataType.UINT8, 3, 16)).slice(1, 2).rows()).isEqualTo(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.of("i", type, view(DataType.UINT8, 3, 8)));
    LogicalType months = new LogicalType.Interval(LogicalType.Interval.Unit.YEAR_MONTH);
    assertThat(Column.of("i", months, view(DataType.INT32, 3)).range()).isEqualTo(Optional.empty());
  }

  @Test
  void rowsAreNotNegativeNorTooMany() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RowRange(1, Long.MAX_VALUE))
        .withMessageStartingWith("rows: expected 0 or more, up to 9223372036854775807");
    assertThat(new RowRange(2, 3).end()).isEqualTo(5);
  }
}
