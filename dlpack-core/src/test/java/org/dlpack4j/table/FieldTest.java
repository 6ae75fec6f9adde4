package org.dlpack4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldTest {

  private static final DataType INT128 = new DataType(DataType.Code.INT, 128, 1);

  @Test
  void saysWhatAColumnIs() {
    assertThat(Field.number("x", DataType.INT64)).hasToString("x int64");
    assertThat(Field.symbol("s").orNull()).hasToString("s uint32 Symbol[] or null");
    assertThat(Field.list("l", Field.text("item"))).hasToString("l ListOf[][item uint8 Text[]]");
    assertThat(Field.text("t").withName("u").name()).isEqualTo("u");
    assertThat(Schema.of(Field.number("x", DataType.INT8), Field.number("y", DataType.BOOL)))
        .hasToString("(x int8, y bool)");
  }

  @Test
  void isStoredAsItsTypeAllows() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Field.of("s", new LogicalType.Symbol(), DataType.FLOAT32))
        .withMessage("field s: expected a storage of Symbol[] but found float32");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Field("x", new LogicalType.Numeric(), Optional.empty(), false, List.of()))
        .withMessage("field x: expected a storage of Numeric[] but found none");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Field(
                    "l",
                    new LogicalType.ListOf(),
                    Optional.of(DataType.INT8),
                    false,
                    List.of(Field.text("t"))));
  }

  @Test
  void hasTheChildrenOfItsType() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Field("l", new LogicalType.ListOf(), Optional.empty(), false, List.of()))
        .withMessage("field l: expected 1 children of ListOf[] but found []");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Field(
                    "x",
                    new LogicalType.Numeric(),
                    Optional.of(DataType.INT8),
                    false,
                    List.of(Field.text("t"))));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Field.struct("s", Field.text("t"), Field.symbol("t")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schema.of(Field.text("t"), Field.symbol("t")))
        .withMessage("schema: expected each name once but found t again");
  }

  @ParameterizedTest
  @CsvSource({"9, 32", "18, 64", "38, 128", "76, 256"})
  void aDecimalNeedsBitsForItsDigits(int precision, int bits) {
    LogicalType decimal = new LogicalType.Decimal(precision, 2);
    assertThat(decimal.accepts(integer(bits))).isTrue();
    assertThat(decimal.accepts(integer(bits / 2))).isFalse();
    assertThat(decimal.accepts(new DataType(DataType.Code.UINT, bits & 0xFF, 1))).isFalse();
    boolean last = precision == 76;
    if (!last) {
      assertThat(new LogicalType.Decimal(precision + 1, 2).accepts(integer(bits))).isFalse();
    }
  }

  private static DataType integer(int bits) {
    return bits == 256
        ? new DataType(DataType.Code.INT, 128, 2)
        : new DataType(DataType.Code.INT, bits, 1);
  }

  @Test
  void timesAreStoredAsTheirUnitNeeds() {
    assertThat(new LogicalType.Time(ChronoUnit.MILLIS).accepts(DataType.INT32)).isTrue();
    assertThat(new LogicalType.Time(ChronoUnit.MILLIS).accepts(DataType.INT64)).isFalse();
    assertThat(new LogicalType.Time(ChronoUnit.SECONDS).accepts(DataType.INT32)).isTrue();
    assertThat(new LogicalType.Time(ChronoUnit.MICROS).accepts(DataType.INT64)).isTrue();
    assertThat(new LogicalType.Time(ChronoUnit.NANOS).accepts(DataType.INT32)).isFalse();
    assertThat(new LogicalType.Date(ChronoUnit.MILLIS).accepts(DataType.INT64)).isTrue();
    assertThat(new LogicalType.Duration(ChronoUnit.NANOS).accepts(DataType.INT64)).isTrue();
    assertThat(
            new LogicalType.Timestamp(ChronoUnit.SECONDS, Optional.empty())
                .accepts(DataType.UINT64))
        .isFalse();
    assertThat(new LogicalType.Decimal(38, -3).accepts(INT128)).isTrue();
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LogicalType.Date(ChronoUnit.SECONDS))
        .withMessage("date unit: expected one of [Millis, Days] but found Seconds");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LogicalType.Time(ChronoUnit.DAYS))
        .withMessageEndingWith("[Nanos, Micros, Millis, Seconds] but found Days");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LogicalType.Duration(ChronoUnit.DAYS));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LogicalType.Timestamp(ChronoUnit.DAYS, Optional.empty()));
    assertThatIllegalArgumentException().isThrownBy(() -> new LogicalType.Decimal(0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new LogicalType.Decimal(77, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new LogicalType.FixedBinary(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> new LogicalType.FixedListOf(-1));
  }

  @Test
  void smallestAndLargestAreAllowed() {
    assertThat(new LogicalType.Decimal(1, 0).accepts(DataType.INT32)).isTrue();
    assertThat(new LogicalType.FixedBinary(0).accepts(DataType.UINT8)).isTrue();
    assertThat(new LogicalType.FixedListOf(0).size()).isZero();
    assertThat(new LogicalType.Symbol().accepts(DataType.INT8)).isTrue();
    assertThat(new LogicalType.Symbol().accepts(DataType.INT4)).isFalse();
  }

  @Test
  void typesAreStoredAsNothingElse() {
    DataType none = new DataType(DataType.Code.INT, 8, 0);
    assertThat(new LogicalType.Numeric().accepts(none)).isFalse();
    assertThat(new LogicalType.Numeric().accepts(DataType.BOOL)).isTrue();
    assertThat(new LogicalType.Duration(ChronoUnit.NANOS).accepts(DataType.UINT64)).isFalse();
    for (LogicalType bytes :
        List.of(new LogicalType.Text(), new LogicalType.Binary(), new LogicalType.FixedBinary(2))) {
      assertThat(bytes.accepts(DataType.UINT8)).isTrue();
      assertThat(bytes.accepts(DataType.INT8)).isFalse();
    }
    assertThat(new LogicalType.Binary().form()).isEqualTo(Form.VARIABLE_BYTES);
    for (LogicalType nested :
        List.of(
            new LogicalType.ListOf(), new LogicalType.FixedListOf(2), new LogicalType.Struct())) {
      assertThat(nested.accepts(DataType.UINT8)).as("has children instead").isFalse();
    }
  }
}
