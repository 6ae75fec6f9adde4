package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.RandomLayouts;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.elements.TensorElements;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The public face: what is copied, swapped, filled and refused. */
@ResourceLock(CopiesTest.COUNTS)
class CopiesTest {

  /** Whoever copies through the public face, as one test counts. */
  static final String COUNTS = "org.dlpack4j.copying.Copies";

  private static final TensorLayout MATRIX = TensorLayout.contiguous(3, 4);

  @Test
  void copiesATransposeToRowMajor() {
    TensorElements to = ints(TensorLayout.contiguous(4, 3));

    Copies.copy(counted(12, MATRIX.transpose()), to);

    assertThat(to.toIntArray()).containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
  }

  @Test
  void copiesBetweenArrays() {
    MemorySegment from = MemorySegment.ofArray(new int[] {1, 2, 3});
    int[] to = new int[3];

    Copies.copy(
        TensorElements.of(from, DataType.INT32, TensorLayout.contiguous(3).slice(0, 2, -1, -1)),
        TensorElements.of(MemorySegment.ofArray(to), DataType.INT32, TensorLayout.contiguous(3)));

    assertThat(to).containsExactly(3, 2, 1);
  }

  @Test
  void copiesScalarsAndNothing() {
    TensorElements scalar = ints(TensorLayout.contiguous());
    Copies.copy(counted(12, MATRIX.select(0, 2).select(0, 1)), scalar);
    assertThat(scalar.toIntArray()).containsExactly(9);

    List<String> progress = new ArrayList<>();
    Copies.copy(
        ints(TensorLayout.contiguous(0, 3)),
        ints(TensorLayout.contiguous(0, 3)),
        (done, total) -> progress.add(done + " of " + total));
    assertThat(progress).containsExactly("0 of 0");
  }

  @Test
  void copiesNumbersOfVectorTypes() {
    MemorySegment memory = MemorySegment.ofArray(IntStream.range(0, 8).toArray());
    DataType pair = new DataType(Code.INT, 32, 2);

    try (TensorCopy copy =
        Copies.contiguous(
            TensorElements.of(memory, pair, TensorLayout.contiguous(2, 2).transpose()))) {
      assertThat(copy.elements().layout()).isEqualTo(TensorLayout.contiguous(2, 2, 2));
      assertThat(copy.elements().toIntArray()).containsExactly(0, 1, 4, 5, 2, 3, 6, 7);
    }
  }

  @Test
  void leavesThePaddingOfSubByteNumbersAsItIs() {
    MemorySegment memory = MemorySegment.ofArray(new byte[] {0x11, 0x22, 0x33});
    MemorySegment target = MemorySegment.ofArray(new byte[3]);
    TensorLayout three = TensorLayout.contiguous(3);

    Copies.copy(
        TensorElements.of(memory, 0, DataType.INT4, three, true),
        TensorElements.of(target, 0, DataType.INT4, three, true));

    assertThat(target.toArray(JAVA_BYTE)).containsExactly(0x11, 0x22, 0x33);
  }

  @Test
  void copiesWithinOneMemoryAsIfThroughAnother() {
    TensorElements all = counted(12, TensorLayout.contiguous(12));

    Copies.copy(all.withLayout(slice(0, 8)), all.withLayout(slice(4, 12)));
    assertThat(all.toIntArray()).containsExactly(0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7);

    Copies.copy(all.withLayout(slice(4, 12)), all.withLayout(slice(0, 8)));
    assertThat(all.toIntArray()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7);

    Copies.copy(all.withLayout(TensorLayout.contiguous(12).slice(0, 11, -1, -1)), all);
    assertThat(all.toIntArray()).containsExactly(7, 6, 5, 4, 7, 6, 5, 4, 3, 2, 1, 0);

    Copies.copy(all, all);
    assertThat(all.toIntArray()).containsExactly(7, 6, 5, 4, 7, 6, 5, 4, 3, 2, 1, 0);
  }

  private static TensorLayout slice(long from, long to) {
    return TensorLayout.contiguous(12).slice(0, from, to, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "INT, 8, 1",
    "INT, 16, 2",
    "UINT, 32, 4",
    "FLOAT, 64, 8",
    "COMPLEX, 64, 4",
    "COMPLEX, 128, 8"
  })
  void swapsTheBytesOfEveryNumber(String code, int bits, int numberBytes) {
    DataType dataType = new DataType(codeOf(code), bits, 1);
    RandomLayouts.forEach(
        bits,
        60,
        layouts -> {
          Random random = layouts.random;
          long[] shape = Scene.shape(random);
          try (Arena arena = Arena.ofConfined()) {
            Scene from = Scene.of(random, arena, dataType, Scene.repeating(layouts, shape));
            Scene to = Scene.of(random, arena, dataType, TensorLayout.contiguous(shape));
            to.expectCopy(from).expectSwapped(numberBytes);
            Scene scattered = Scene.of(random, arena, dataType, Scene.layout(layouts, shape));
            scattered.expectCopy(to);

            Copies.swapBytes(from.elements, to.elements);
            assertThat(to.actual()).isEqualTo(to.expected);

            Copies.swapBytes(from.elements, scattered.elements);
            assertThat(scattered.actual()).isEqualTo(scattered.expected);
          }
        });
  }

  private static int codeOf(String name) {
    return switch (name) {
      case "INT" -> Code.INT;
      case "UINT" -> Code.UINT;
      case "FLOAT" -> Code.FLOAT;
      default -> Code.COMPLEX;
    };
  }

  @Test
  void swapsBytesWhereTheyAre() {
    long[] numbers = new Random(3).longs(1000).toArray();
    long[] expected = numbers.clone();
    for (int i = 0; i < 1000; i += 3) {
      expected[i] = Long.reverseBytes(numbers[i]);
    }
    TensorElements every =
        TensorElements.of(
            MemorySegment.ofArray(numbers),
            DataType.INT64,
            TensorLayout.contiguous(1000).slice(0, 0, 1000, 3));

    Copies.swapBytes(every, every);

    assertThat(numbers).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "0, 24", "2, 80", "5, 80", "5, 8"})
  void refusesToSwapWhatHasNoUsualSize(int code, int bits) {
    DataType dataType = new DataType(code, bits, 1);
    TensorElements to =
        TensorElements.of(
            MemorySegment.ofArray(new byte[40]), dataType, TensorLayout.contiguous(2));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.swapBytes(to, to))
        .withMessage("dtype: expected numbers of 1, 2, 4 or 8 bytes to swap but found " + dataType);
  }

  @Test
  void fillsAnyLayoutAndNothingBeside() {
    for (DataType dataType : NaiveCopyTest.TYPES) {
      if (dataType.code() != Code.INT && dataType.code() != Code.UINT) {
        continue;
      }
      RandomLayouts.forEach(
          17,
          40,
          layouts -> {
            TensorLayout layout = Scene.layout(layouts, Scene.shape(layouts.random));
            try (Arena arena = Arena.ofConfined()) {
              Scene to = Scene.of(layouts.random, arena, dataType, layout);
              Scene one = Scene.of(layouts.random, arena, dataType, TensorLayout.contiguous());
              one.elements.setLong(1);
              to.expectCopy(
                  Scene.over(
                      one.elements.withLayout(one.elements.layout().broadcast(layout.shape()))));

              Copies.fill(to.elements, 1);

              assertThat(to.actual()).isEqualTo(to.expected);
            }
          });
    }
  }

  @Test
  void fillsNumbersOfEveryKind() {
    assertThat(filled(DataType.FLOAT32, 2).toFloatArray()).containsOnly(2);
    TensorElements halves = elements(DataType.FLOAT64);
    Copies.fill(halves, 0.5);
    assertThat(halves.toDoubleArray()).containsOnly(0.5);
    assertThat(filled(DataType.BOOL, 1).toBooleanArray()).containsOnly(true);
    assertThat(filled(DataType.UINT64, -1).toLongArray()).containsOnly(-1);
    assertThat(filled(DataType.INT4, -8).getLong(2)).isEqualTo(-8);
  }

  @Test
  void refusesToFillWithWhatDoesNotFit() {
    assertThatIllegalArgumentException().isThrownBy(() -> filled(DataType.INT8, 128));
    assertThatIllegalArgumentException().isThrownBy(() -> filled(DataType.BOOL, 2));
    assertThatIllegalArgumentException().isThrownBy(() -> filled(DataType.COMPLEX64, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.fill(elements(DataType.INT32), 0.5));
  }

  private static TensorElements filled(DataType dataType, long value) {
    TensorElements elements = elements(dataType);
    Copies.fill(elements, value);
    return elements;
  }

  private static TensorElements elements(DataType dataType) {
    return TensorElements.of(
        MemorySegment.ofArray(new byte[80]), dataType, TensorLayout.contiguous(5));
  }

  @Test
  void refusesAnotherTypeOrShape() {
    TensorElements from = counted(12, MATRIX);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.copy(from, elements(DataType.UINT32)))
        .withMessage(
            "to: expected elements of int32 as in the source but found uint32;"
                + " a copy converts nothing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.copy(from, ints(TensorLayout.contiguous(4, 3))))
        .withMessage("to: expected the source's shape [3, 4] but found [4, 3]");
    MemorySegment memory = MemorySegment.ofArray(new byte[4]);
    TensorLayout two = TensorLayout.contiguous(2);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Copies.copy(
                    TensorElements.of(memory, 0, DataType.INT4, two, true),
                    TensorElements.of(memory, 0, DataType.INT4, two, false)))
        .withMessageStartingWith("to: expected elements of int4, padded as in the source but");
  }

  @Test
  void refusesATargetThatCannotBeWritten() {
    TensorElements from = counted(12, MATRIX);
    MemorySegment readOnly = MemorySegment.ofArray(new int[12]).asReadOnly();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.copy(from, TensorElements.of(readOnly, DataType.INT32, MATRIX)))
        .withMessageStartingWith("to: expected memory to be written but found a read-only segment");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Copies.copy(from, ints(TensorLayout.contiguous(4)).withLayout(broadcast())))
        .withMessageStartingWith("to: expected a place of its own for every element but found");
  }

  private static TensorLayout broadcast() {
    return TensorLayout.contiguous(4).broadcast(3, 4);
  }

  @Test
  void countsWhatWasCopied() {
    CopyStatistics before = Copies.statistics();

    Copies.copy(counted(12, MATRIX), ints(MATRIX));
    Copies.contiguous(counted(12, MATRIX.transpose())).close();
    Copies.fill(ints(MATRIX), 7);
    Copies.unpackBits(
        MemorySegment.ofArray(new byte[2]),
        0,
        TensorElements.of(
            MemorySegment.ofArray(new byte[10]), DataType.BOOL, TensorLayout.contiguous(10)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.copy(counted(12, MATRIX), ints(MATRIX.transpose())));

    CopyStatistics after = Copies.statistics();
    assertThat(after.copies() - before.copies()).isEqualTo(3);
    assertThat(after.bytes() - before.bytes()).isEqualTo(48 + 48 + 10);
  }

  private static TensorElements counted(int count, TensorLayout layout) {
    MemorySegment memory = Arena.ofAuto().allocate(JAVA_INT, count);
    for (int i = 0; i < count; i++) {
      memory.setAtIndex(JAVA_INT, i, i);
    }
    return TensorElements.of(memory, DataType.INT32, layout);
  }

  private static TensorElements ints(TensorLayout layout) {
    MemorySegment memory = Arena.ofAuto().allocate(JAVA_INT, layout.elementCount());
    return TensorElements.of(memory, DataType.INT32, layout);
  }
}
