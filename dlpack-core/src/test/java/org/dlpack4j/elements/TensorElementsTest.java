package org.dlpack4j.elements;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Indices, layouts and memory. What the numbers are is ElementCodecTest's. */
class TensorElementsTest {

  private static final TensorLayout MATRIX = TensorLayout.contiguous(3, 4);

  /** Element k of the layout's base is k. */
  private static TensorElements counted(TensorLayout layout) {
    return TensorElements.of(MemorySegment.ofArray(upTo(24)), DataType.INT32, layout);
  }

  private static int[] upTo(int count) {
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return values;
  }

  @Test
  void readsByOneTwoAndManyIndices() {
    assertThat(counted(TensorLayout.contiguous(24)).getLong(23)).isEqualTo(23);
    assertThat(counted(MATRIX).getLong(2, 3)).isEqualTo(11);
    assertThat(counted(TensorLayout.contiguous(2, 3, 4)).getLong(1, 2, 3)).isEqualTo(23);
    assertThat(counted(TensorLayout.contiguous()).getLong()).isZero();
    assertThat(counted(TensorLayout.contiguous(24)).getDouble(23)).isEqualTo(23);
    assertThat(counted(MATRIX).getDouble(2, 3)).isEqualTo(11);
    assertThat(counted(TensorLayout.contiguous(2, 3, 4)).getDouble(1, 2, 3)).isEqualTo(23);
  }

  @Test
  void readsAlikeWhetherIndicesComeInAnArrayOrNot() {
    TensorElements column = counted(MATRIX).withLayout(MATRIX.select(1, 1));

    assertThat(column.getLong(new long[] {2})).isEqualTo(column.getLong(2)).isEqualTo(9);
    assertThat(counted(MATRIX).getLong(new long[] {1, 2})).isEqualTo(6);
    assertThat(counted(MATRIX).getDouble(new long[] {1, 2})).isEqualTo(6);
  }

  @Test
  void readsBoolsByOneTwoAndManyIndices() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[] {0, 1, 2, 0});
    TensorElements row = TensorElements.of(bytes, DataType.BOOL, TensorLayout.contiguous(4));
    TensorElements square = row.withLayout(TensorLayout.contiguous(2, 2));
    TensorElements cube = row.withLayout(TensorLayout.contiguous(1, 2, 2));

    assertThat(new boolean[] {row.getBoolean(0), row.getBoolean(2)}).containsExactly(false, true);
    assertThat(new boolean[] {square.getBoolean(0, 1), square.getBoolean(1, 1)})
        .containsExactly(true, false);
    assertThat(new boolean[] {cube.getBoolean(0, 1, 0), cube.getBoolean(0, 1, 1)})
        .containsExactly(true, false);
  }

  @Test
  void writesByAnyNumberOfIndices() {
    byte[] bytes = new byte[4];
    TensorElements square =
        TensorElements.of(
            MemorySegment.ofArray(bytes), DataType.INT8, TensorLayout.contiguous(2, 2));

    square.setLong(-7, 1, 0);
    square.withLayout(TensorLayout.contiguous()).setLong(5);
    square.withLayout(TensorLayout.contiguous(4)).setLong(6, 3);

    assertThat(bytes).containsExactly(5, 0, -7, 6);
  }

  @Test
  void followsEveryKindOfView() {
    TensorElements all = counted(TensorLayout.contiguous(2, 3, 4));
    TensorLayout layout = all.layout();

    assertThat(all.withLayout(layout.transpose()).getLong(3, 2, 1)).isEqualTo(23);
    assertThat(all.withLayout(layout.slice(2, 3, -1, -1)).toIntArray()).startsWith(3, 2, 1, 0, 7);
    assertThat(all.withLayout(layout.slice(1, 0, 3, 2)).toIntArray())
        .containsExactly(0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23);
    assertThat(all.withLayout(layout.select(0, 1).select(0, 2).broadcast(2, 4)).toIntArray())
        .containsExactly(20, 21, 22, 23, 20, 21, 22, 23);
    assertThat(all.withLayout(layout.slice(1, 1, 1, 1)).toIntArray()).isEmpty();
  }

  @Test
  void reachesBelowTheBaseByNegativeStrides() {
    TensorLayout backwards = TensorLayout.strided(new long[] {3}, new long[] {-2});
    MemorySegment memory = MemorySegment.ofArray(upTo(5));

    TensorElements elements = TensorElements.of(memory, 16, DataType.INT32, backwards, false);

    assertThat(elements.toIntArray()).containsExactly(4, 2, 0);
    assertThat(elements.getLong(2)).isZero();
  }

  @Test
  void readsFromAnyByte() {
    byte[] bytes = new byte[13];
    TensorElements elements =
        TensorElements.of(
            MemorySegment.ofArray(bytes), 1, DataType.INT32, TensorLayout.contiguous(3), false);

    elements.setAll(1, Integer.MIN_VALUE, -1);

    assertThat(elements.toIntArray()).containsExactly(1, Integer.MIN_VALUE, -1);
    assertThat(elements.getLong(1)).isEqualTo(Integer.MIN_VALUE);
    assertThat(bytes).containsExactly(0, 1, 0, 0, 0, 0, 0, 0, 0x80, -1, -1, -1, -1);
  }

  @Test
  void tellsWhatItWasMadeOf() {
    MemorySegment memory = MemorySegment.ofArray(new byte[64]).asReadOnly();
    TensorElements elements =
        TensorElements.of(memory, 3, DataType.INT32, MATRIX.select(0, 2), true);

    assertThat(elements.dataType()).isEqualTo(DataType.INT32);
    assertThat(elements.layout()).isEqualTo(MATRIX.select(0, 2));
    assertThat(elements.segment()).isSameAs(memory);
    assertThat(elements.base()).isEqualTo(3);
    assertThat(elements.firstElementOffset()).isEqualTo(3 + 8 * 4);
    assertThat(elements.isPadded()).isTrue();
    assertThat(elements.isReadOnly()).isTrue();
    assertThat(elements).hasToString("int32[4] offset 8 from byte 3 of " + memory);
    assertThat(counted(MATRIX).isPadded()).isFalse();
    assertThat(counted(MATRIX).isReadOnly()).isFalse();
  }

  @Test
  void tellsTheByteInWhichAPackedElementBegins() {
    TensorElements all =
        TensorElements.of(
            MemorySegment.ofArray(new byte[8]),
            2,
            DataType.INT4,
            TensorLayout.contiguous(9),
            false);

    assertThat(all.firstElementOffset()).isEqualTo(2);
    assertThat(all.withLayout(all.layout().slice(0, 5, 9, 1)).firstElementOffset()).isEqualTo(4);
    assertThat(all.withLayout(all.layout().slice(0, 8, -1, -1)).firstElementOffset()).isEqualTo(6);
  }

  @ParameterizedTest
  @CsvSource({"0, 12", "4, 8", "12, 0"})
  void acceptsElementsUpToTheLastByteAndNoFurther(long base, long room) {
    MemorySegment memory = MemorySegment.ofArray(new byte[12]);
    long count = room / 4;

    assertThat(
            TensorElements.of(memory, base, DataType.INT32, TensorLayout.contiguous(count), false)
                .toIntArray())
        .hasSize((int) count);
    for (long beyond = base + 1; beyond < base + 4 && count > 0; beyond++) {
      long tooFar = beyond;
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  TensorElements.of(
                      memory, tooFar, DataType.INT32, TensorLayout.contiguous(count), false))
          .withMessage(
              "segment: expected bytes for int32[%d] from byte %d on but found 12 bytes",
              count, tooFar);
    }
  }

  @Test
  void refusesElementsBelowTheSegment() {
    TensorLayout backwards = TensorLayout.strided(new long[] {3}, new long[] {-1});
    MemorySegment memory = MemorySegment.ofArray(new byte[12]);

    assertThat(TensorElements.of(memory, 8, DataType.INT32, backwards, false).toIntArray())
        .hasSize(3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorElements.of(memory, 7, DataType.INT32, backwards, false))
        .withMessage(
            "segment: expected bytes for int32[3] strides [-1] from byte 7 on but found 12 bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> TensorElements.of(memory, -1, DataType.INT8, TensorLayout.contiguous(2), false));
  }

  @Test
  void refusesElementsWhoseBytesNoLongCanCount() {
    MemorySegment memory = MemorySegment.ofArray(new byte[16]);
    TensorLayout far = TensorLayout.strided(new long[] {2}, new long[] {Long.MAX_VALUE});
    TensorLayout wraps = TensorLayout.strided(new long[] {2}, new long[] {1L << 61});

    for (TensorLayout layout : new TensorLayout[] {far, far.slice(0, 1, -1, -1), wraps}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TensorElements.of(memory, DataType.FLOAT64, layout))
          .withMessageStartingWith("segment: expected bytes for float64");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                TensorElements.of(
                    memory, Long.MAX_VALUE, DataType.INT8, TensorLayout.contiguous(2), false));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorElements.of(memory, DataType.INT8, far.select(0, 1).broadcast(3)));
  }

  @Test
  void takesNoElementsFromAnywhere() {
    TensorElements none =
        TensorElements.of(
            MemorySegment.NULL,
            Long.MIN_VALUE,
            DataType.INT32,
            TensorLayout.strided(new long[] {3, 0}, new long[] {Long.MAX_VALUE, 1}),
            false);

    assertThat(none.toIntArray()).isEmpty();
    assertThat(none.firstElementOffset()).isEqualTo(Long.MIN_VALUE);
    none.setAll(new long[0]);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> none.getLong(1, 0))
        .withMessage("index of dimension 1: expected none, as its size is 0, but found 0");
  }

  @ParameterizedTest
  @CsvSource({"3, 0, 0, 3, 3", "-1, 0, 0, 3, -1", "0, 4, 1, 4, 4", "2, -1, 1, 4, -1"})
  void refusesAnIndexThatIsNotThere(long row, long column, int axis, long size, long found) {
    String message =
        "index of dimension %d: expected 0 to %d, as its size is %d, but found %d"
            .formatted(axis, size - 1, size, found);

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> counted(MATRIX).getLong(row, column))
        .withMessage(message);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> counted(MATRIX).getLong(new long[] {row, column}))
        .withMessage(message);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> counted(MATRIX).setLong(1, row, column))
        .withMessage(message);
  }

  @ParameterizedTest
  @CsvSource({"24", "-1", "9223372036854775807", "-9223372036854775808", "4294967296"})
  void refusesAnIndexOutsideOneDimension(long index) {
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> counted(TensorLayout.contiguous(24)).getLong(index))
        .withMessage(
            "index of dimension 0: expected 0 to 23, as its size is 24, but found " + index);
  }

  @Test
  void refusesAnotherNumberOfIndices() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> counted(MATRIX).getLong(1))
        .withMessage("index: expected 2, one for each dimension of [3, 4], but found 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> counted(TensorLayout.contiguous(2)).getLong(0, 0))
        .withMessage("index: expected 1, one for each dimension of [2], but found 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> counted(MATRIX).getDouble(0, 0, 0))
        .withMessage("index: expected 2, one for each dimension of [3, 4], but found 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> counted(MATRIX).setLong(7))
        .withMessage("index: expected 2, one for each dimension of [3, 4], but found 0");
  }

  @Test
  void refusesMemoryWhoseArenaIsClosed() {
    TensorElements elements;
    try (Arena arena = Arena.ofConfined()) {
      elements = TensorElements.of(arena.allocate(16), DataType.INT32, TensorLayout.contiguous(4));
      assertThat(elements.getLong(3)).isZero();
    }

    assertThatIllegalStateException().isThrownBy(() -> elements.getLong(3));
    assertThatIllegalStateException().isThrownBy(elements::toIntArray);
    assertThatIllegalStateException().isThrownBy(elements::toLongArray);
    assertThatIllegalStateException().isThrownBy(() -> elements.setLong(3, 3));
  }

  @Test
  void refusesAnotherThreadThanTheMemorysOwn() {
    try (Arena arena = Arena.ofConfined()) {
      TensorElements elements =
          TensorElements.of(arena.allocate(16), DataType.INT32, TensorLayout.contiguous(4));

      CompletableFuture<Long> elsewhere = CompletableFuture.supplyAsync(() -> elements.getLong(3));

      assertThatExceptionOfType(CompletionException.class)
          .isThrownBy(elsewhere::join)
          .withCauseInstanceOf(WrongThreadException.class);
    }
  }

  @Test
  void refusesToWriteWhatIsReadOnly() {
    TensorElements elements =
        TensorElements.of(
            MemorySegment.ofArray(new byte[8]).asReadOnly(),
            DataType.INT4,
            TensorLayout.contiguous(16));

    assertThat(elements.getLong(15)).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> elements.setLong(1, 15));
  }
}
