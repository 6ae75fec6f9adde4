package org.dlpack4j.py4j.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.RowRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnFormatsTest {

  private static TensorView view(DataType type, long... shape) {
    return new TensorView(64, type, Device.CPU, TensorLayout.contiguous(shape), true, false);
  }

  private static Column numbers(DataType type) {
    return Column.of("n", view(type, 2));
  }

  private static Column of(LogicalType type, DataType storage) {
    return Column.of("n", type, view(storage, 2));
  }

  static Stream<Arguments> columns() {
    Column bytes = numbers(DataType.UINT8);
    TensorView offsets = view(DataType.INT32, 3);
    TensorView large = view(DataType.INT64, 3);
    TensorView two = view(DataType.INT32, 2);
    Column entries = Column.ofStructs("entries", 2, List.of(bytes, bytes.withName("value")));
    return Stream.of(
        Arguments.of("c", numbers(DataType.INT8)),
        Arguments.of("C", bytes),
        Arguments.of("s", numbers(DataType.INT16)),
        Arguments.of("S", numbers(DataType.UINT16)),
        Arguments.of("i", numbers(DataType.INT32)),
        Arguments.of("I", numbers(DataType.UINT32)),
        Arguments.of("l", numbers(DataType.INT64)),
        Arguments.of("L", numbers(DataType.UINT64)),
        Arguments.of("e", numbers(DataType.FLOAT16)),
        Arguments.of("f", numbers(DataType.FLOAT32)),
        Arguments.of("g", numbers(DataType.FLOAT64)),
        Arguments.of("", numbers(DataType.BFLOAT16)),
        Arguments.of("", numbers(DataType.BOOL)),
        Arguments.of("", numbers(DataType.COMPLEX64)),
        Arguments.of("b", Column.ofBits("b", new RowRange(3, 5), bytes.data())),
        Arguments.of("u", Column.ofBytes("t", new LogicalType.Text(), offsets, bytes.data())),
        Arguments.of("U", Column.ofBytes("t", new LogicalType.Text(), large, bytes.data())),
        Arguments.of("z", Column.ofBytes("t", new LogicalType.Binary(), offsets, bytes.data())),
        Arguments.of("Z", Column.ofBytes("t", new LogicalType.Binary(), large, bytes.data())),
        Arguments.of(
            "w:3", Column.of("w", new LogicalType.FixedBinary(3), view(DataType.UINT8, 2, 3))),
        Arguments.of("tdD", of(new LogicalType.Date(ChronoUnit.DAYS), DataType.INT32)),
        Arguments.of("tdm", of(new LogicalType.Date(ChronoUnit.MILLIS), DataType.INT64)),
        Arguments.of("tts", of(new LogicalType.Time(ChronoUnit.SECONDS), DataType.INT32)),
        Arguments.of("ttn", of(new LogicalType.Time(ChronoUnit.NANOS), DataType.INT64)),
        Arguments.of("tDu", of(new LogicalType.Duration(ChronoUnit.MICROS), DataType.INT64)),
        Arguments.of(
            "tsu:UTC",
            of(new LogicalType.Timestamp(ChronoUnit.MICROS, Optional.of("UTC")), DataType.INT64)),
        Arguments.of(
            "tsm:",
            of(new LogicalType.Timestamp(ChronoUnit.MILLIS, Optional.empty()), DataType.INT64)),
        Arguments.of(
            "tiM",
            of(new LogicalType.Interval(LogicalType.Interval.Unit.YEAR_MONTH), DataType.INT32)),
        Arguments.of(
            "tin",
            Column.of(
                "i",
                new LogicalType.Interval(LogicalType.Interval.Unit.MONTH_DAY_NANO),
                view(DataType.UINT8, 2, 16))),
        Arguments.of("d:10,2,64", of(new LogicalType.Decimal(10, 2), DataType.INT64)),
        Arguments.of(
            "d:30,-2",
            of(new LogicalType.Decimal(30, -2), new DataType(DataType.Code.INT, 128, 1))),
        Arguments.of(
            "dict:i", Column.ofIndices("d", new LogicalType.Dictionary(false), two, bytes)),
        Arguments.of(
            "dict-ordered:i", Column.ofIndices("d", new LogicalType.Dictionary(true), two, bytes)),
        Arguments.of("+l", Column.ofLists("l", offsets, bytes)),
        Arguments.of("+L", Column.ofLists("l", large, bytes)),
        Arguments.of("+vl", Column.ofListViews("l", two, two, bytes)),
        Arguments.of("+m", Column.ofMaps("m", new LogicalType.MapOf(false), offsets, entries)),
        Arguments.of(
            "+m:sorted", Column.ofMaps("m", new LogicalType.MapOf(true), offsets, entries)),
        Arguments.of("+w:2", Column.ofFixedLists("l", 2, 1, bytes)),
        Arguments.of("+s", Column.ofStructs("s", 2, List.of(bytes))),
        Arguments.of(
            "+us:4", Column.ofSparseUnion("u", List.of(4), view(DataType.INT8, 2), List.of(bytes))),
        Arguments.of(
            "+ud:0,5",
            Column.ofDenseUnion(
                "u",
                List.of(0, 5),
                view(DataType.INT8, 2),
                two,
                List.of(bytes, bytes.withName("m")))),
        Arguments.of(
            "+r",
            Column.ofRuns("r", new RowRange(1, 5), numbers(DataType.INT32), bytes.withName("v"))));
  }

  @ParameterizedTest(name = "''{0}''")
  @MethodSource("columns")
  void saysWhatAColumnMeansAndBack(String format, Column column) {
    assertThat(ColumnFormats.of(column)).isEqualTo(format);
    assertThat(ColumnFormats.parse(format)).isEqualTo(column.type());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "vu",
        "w:",
        "w:-1",
        "+w:x",
        "d:",
        "d:1",
        "d:1,2,3,4",
        "tsx:",
        "tss",
        "+us:1,1",
        "+us:128",
        "+ud:a",
        "dict:",
        "dict:g,",
        "dict:u",
        ":",
        "+",
        "d:99,0",
        "+m:",
        "+m:sort"
      })
  void refusesWhatMeansNothing(String format) {
    assertThatThrownBy(() -> ColumnFormats.parse(format))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }
}
