package org.dlpack4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.junit.jupiter.api.Test;

class ColumnTest {

  private static final MemorySegment MEMORY = Arena.global().allocate(512, 64);

  private static TensorView view(DataType type, long... shape) {
    return TensorView.of(MEMORY, type, shape);
  }

  private static long at(TensorView view) {
    return view.dataAddress() - MEMORY.address();
  }

  private static final Column TEXT =
      Column.ofBytes("t", new LogicalType.Text(), view(DataType.INT32, 5), view(DataType.UINT8, 9));

  @Test
  void ofNumbersIsOneDimension() {
    Column column = Column.of("x", view(DataType.INT16, 7));
    assertThat(column.rows()).isEqualTo(7);
    assertThat(column.offsets()).isEmpty();
    assertThat(column.validity()).isEmpty();
    assertThat(column).hasToString("x int16, 7 rows");
    for (long[] shape : new long[][] {{}, {2, 3}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Column.of("x", view(DataType.INT16, shape)))
          .withMessageStartingWith("column x: expected data of Numeric[] but found int16");
    }
  }

  @Test
  void ofATypeIsStoredAsThatAllows() {
    LogicalType date = new LogicalType.Date(ChronoUnit.DAYS);
    assertThat(Column.of("d", date, view(DataType.INT32, 2)).field().type()).isEqualTo(date);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.of("d", date, view(DataType.INT64, 2)));
    LogicalType fixed = new LogicalType.FixedBinary(3);
    assertThat(Column.of("b", fixed, view(DataType.UINT8, 5, 3)).rows()).isEqualTo(5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.of("b", fixed, view(DataType.UINT8, 5, 4)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.of("b", new LogicalType.Text(), view(DataType.UINT8, 5)))
        .withMessage("column b: expected offsets of Text[] but found none; use the method for it");
  }

  @Test
  void ofTextHasOneOffsetMoreThanRows() {
    assertThat(TEXT.rows()).isEqualTo(4);
    assertThat(TEXT.offsets()).isPresent();
    Column none =
        Column.ofBytes(
            "t", new LogicalType.Text(), view(DataType.INT64, 0), view(DataType.UINT8, 0));
    assertThat(none.rows()).isZero();
    assertThat(none.slice(0, 0).rows()).isZero();
    for (TensorView wrong : List.of(view(DataType.UINT32, 5), view(DataType.INT32, 5, 1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> Column.ofBytes("t", new LogicalType.Text(), wrong, view(DataType.UINT8, 9)))
          .withMessageStartingWith("column t: expected offsets of int32 or int64");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Column.ofBytes(
                    "t",
                    new LogicalType.Numeric(),
                    view(DataType.INT32, 5),
                    view(DataType.INT32, 4)));
  }

  @Test
  void sliceOfTextKeepsItsBytes() {
    Column part = TEXT.slice(1, 2);
    assertThat(part.rows()).isEqualTo(2);
    assertThat(at(part.offsets().orElseThrow())).isEqualTo(4);
    assertThat(part.data()).isEqualTo(TEXT.data());
  }

  @Test
  void sliceOfListsKeepsTheElements() {
    Column lists =
        Column.ofLists("l", view(DataType.INT64, 4), Column.of("item", view(DataType.INT8, 20)));
    Column part = lists.slice(2, 1);
    assertThat(at(part.offsets().orElseThrow())).isEqualTo(16);
    assertThat(part.children().get(0).rows()).isEqualTo(20);
    assertThatIllegalStateException().isThrownBy(lists::data);
  }

  @Test
  void sliceOfListsOfOneSizeSlicesTheElements() {
    Column elements = Column.of("item", view(DataType.INT16, 12));
    Column part = Column.ofFixedLists("f", 3, 4, elements).slice(1, 2).children().get(0);
    assertThat(part.rows()).isEqualTo(6);
    assertThat(at(part.data())).isEqualTo(6);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.ofFixedLists("f", 3, 5, elements))
        .withMessage("column f: expected 15 rows of child item but found 12");
  }

  @Test
  void sliceOfStructsSlicesTheMembers() {
    List<Column> members = List.of(Column.of("x", view(DataType.INT16, 4)), TEXT);
    Column part = Column.ofStructs("s", 4, members).slice(3, 1);
    assertThat(at(part.children().get(0).data())).isEqualTo(6);
    assertThat(part.children().get(1).rows()).isEqualTo(1);
    assertThatIllegalArgumentException().isThrownBy(() -> Column.ofStructs("s", 3, members));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.ofStructs("s", 4, List.of(TEXT, TEXT)))
        .withMessage("column s: expected each name once but found t again");
  }

  @Test
  void sliceOfValidityIsByBits() {
    Validity bits = new Validity(view(DataType.UINT8, 3), 5);
    Column column = Column.of("x", view(DataType.INT8, 19)).withValidity(bits);
    assertThat(column.field().nullable()).isTrue();
    Validity part = column.slice(4, 3).validity().orElseThrow();
    assertThat(at(part.bytes())).isEqualTo(1);
    assertThat(part.skip()).isEqualTo(1);
    assertThat(part.bytes().layout().shape()).containsExactly(1);
    assertThat(column.slice(19, 0).validity().orElseThrow().rows()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Column.of("x", view(DataType.INT8, 20)).withValidity(bits))
        .withMessageStartingWith("column x: expected validity of 20 rows but found uint8");
  }

  @Test
  void sliceOutsideIsRefused() {
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> TEXT.slice(3, 2));
  }

  @Test
  void validityIsBytesWithoutGapsAndLessThanOneToSkip() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Validity(view(DataType.INT8, 3), 0))
        .withMessageStartingWith("validity: expected uint8 in one dimension without gaps");
    TensorView gaps =
        TensorView.of(MEMORY, DataType.UINT8, TensorLayout.strided(new long[] {3}, new long[] {2}));
    assertThatIllegalArgumentException().isThrownBy(() -> new Validity(gaps, 0));
    for (int skip : new int[] {-1, 8}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Validity(view(DataType.UINT8, 3), skip))
          .withMessage("validity: expected to skip 0 to 7 bits but found " + skip);
    }
  }

  @Test
  void validityCountsBitsAsFarAsALongDoes() {
    long most = Long.MAX_VALUE / 8;
    assertThat(validity(most).rows()).isEqualTo(most * 8 - 3);
    assertThat(validity(most + 1).rows()).isEqualTo(Long.MAX_VALUE);
  }

  /** Nobody looks at the bytes, so they need not be there. */
  private static Validity validity(long bytes) {
    TensorLayout layout = TensorLayout.contiguous(bytes);
    return new Validity(new TensorView(4096, DataType.UINT8, Device.CPU, layout, false, false), 3);
  }
}
