package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.dlpack4j.elements.TensorElements;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random starts and chains of views, for which NumPy answered the same questions. */
class LayoutsAgainstNumpyTest {

  private static final int REACH = 2048;
  private static List<Case> cases = List.of();

  /** A layout, and NumPy's answers as text. */
  private record Case(String text, TensorLayout layout, List<String> answers) {

    static Case of(String line) {
      String[] parts = line.split("; ", -1);
      TensorLayout layout = start(parts[0]);
      for (String step : parts[1].split(", ", -1)) {
        layout = step.isEmpty() ? layout : view(layout, step.split(" ", -1));
      }
      return new Case(line, layout, List.of(parts[2].split(" ", -1)));
    }

    long[] shape() {
      return longs(answers.get(0));
    }

    long[] strides() {
      return longs(answers.get(1));
    }

    long offset() {
      return Long.parseLong(answers.get(2));
    }

    long lowest() {
      return Long.parseLong(answers.get(3));
    }

    long highest() {
      return Long.parseLong(answers.get(4));
    }

    boolean isContiguous() {
      return answers.get(5).equals("1");
    }

    boolean overlaps() {
      return answers.get(6).equals("1");
    }

    int[] elements() {
      return ints(answers.get(7));
    }
  }

  private static TensorLayout start(String text) {
    String[] words = text.split(" ", -1);
    return words[0].equals("contiguous")
        ? TensorLayout.contiguous(longs(words[1]))
        : TensorLayout.strided(longs(words[1]), longs(words[2]));
  }

  private static TensorLayout view(TensorLayout layout, String[] words) {
    return switch (words[0]) {
      case "slice" ->
          layout.slice(
              Integer.parseInt(words[1]),
              Long.parseLong(words[2]),
              Long.parseLong(words[3]),
              Long.parseLong(words[4]));
      case "select" -> layout.select(Integer.parseInt(words[1]), Long.parseLong(words[2]));
      case "permute" -> layout.permute(ints(words[1]));
      case "transpose" -> layout.transpose();
      case "reshape" -> layout.reshape(longs(words[1]));
      case "broadcast" -> layout.broadcast(longs(words[1]));
      case "refuse" -> {
        assertThatIllegalArgumentException()
            .as("reshape of %s to %s", layout, words[1])
            .isThrownBy(() -> layout.reshape(longs(words[1])))
            .withMessageEndingWith("; copy to a contiguous tensor first");
        yield layout;
      }
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  private static long[] longs(String text) {
    return text.equals("-")
        ? new long[0]
        : Arrays.stream(text.split(",", -1)).mapToLong(Long::parseLong).toArray();
  }

  private static int[] ints(String text) {
    return LongStream.of(longs(text)).mapToInt(Math::toIntExact).toArray();
  }

  @BeforeAll
  static void takesEveryViewThatNumpyTook() {
    cases = Oracle.lines("layouts.txt").stream().map(Case::of).toList();
    assertThat(cases).hasSizeGreaterThan(500);
  }

  @Test
  void hasNumpysShapeAndStridesWhereTheyMeanSomething() {
    for (Case one : cases) {
      assertThat(one.layout.shape()).as(one.text).isEqualTo(one.shape());
      assertThat(meaningful(one, one.layout.strides()))
          .as(one.text)
          .isEqualTo(meaningful(one, one.strides()));
    }
  }

  private static long[] meaningful(Case one, long[] strides) {
    long[] shape = one.shape();
    return IntStream.range(0, strides.length)
        .filter(axis -> one.elements().length > 0 && shape[axis] > 1)
        .mapToLong(axis -> strides[axis])
        .toArray();
  }

  @Test
  void isContiguousWhereNumpyIs() {
    for (Case one : cases) {
      assertThat(one.layout.isContiguous()).as(one.text).isEqualTo(one.isContiguous());
    }
    assertThat(cases).extracting(Case::isContiguous).contains(true, false);
  }

  @Test
  void beginsAndEndsWhereNumpyDoes() {
    for (Case one : cases) {
      // Of an empty tensor NumPy knows neither.
      if (one.elements().length > 0) {
        assertThat(one.layout.offset()).as(one.text).isEqualTo(one.offset());
        assertThat(one.layout.offset() + one.layout.lowestElement())
            .as(one.text)
            .isEqualTo(one.lowest());
        assertThat(one.layout.offset() + one.layout.highestElement())
            .as(one.text)
            .isEqualTo(one.highest());
      }
    }
  }

  @Test
  void mayOverlapWhereverNumpySaysItDoes() {
    for (Case one : cases) {
      if (one.overlaps()) {
        assertThat(one.layout.mayOverlap()).as(one.text).isTrue();
      }
    }
    assertThat(cases).extracting(Case::overlaps).contains(true, false);
  }

  @Test
  void neverOverlapsAsAViewOfARowMajorTensorWithoutRepeats() {
    for (Case one : cases) {
      if (one.text.startsWith("contiguous") && !one.overlaps()) {
        assertThat(one.layout.mayOverlap()).as(one.text).isFalse();
      }
    }
  }

  @Test
  void countsElementsInNumpysOrder() {
    MemorySegment memory =
        MemorySegment.ofArray(IntStream.range(-REACH, REACH).toArray()).asReadOnly();
    for (Case one : cases) {
      TensorElements elements =
          TensorElements.of(
              memory, REACH * (long) Integer.BYTES, DataType.INT32, one.layout, false);

      assertThat(elements.toIntArray()).as(one.text).isEqualTo(one.elements());
      assertThat(one.layout.elementCount()).as(one.text).isEqualTo(one.elements().length);
    }
  }
}
