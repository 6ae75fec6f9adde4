package org.dlpack4j.elements;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.dlpack4j.DataType;
import org.dlpack4j.Oracle;
import org.dlpack4j.TensorLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Packed numbers of 2, 4 and 6 bits, in just as many bytes as they need. */
class PackedAgainstMlDtypesTest {

  static List<String> tensors() {
    return Oracle.lines("elements/packed.txt");
  }

  private static TensorElements elements(String[] words, byte[] bytes) {
    return TensorElements.of(
        MemorySegment.ofArray(bytes),
        Oracle.type(words[0]),
        TensorLayout.contiguous(Long.parseLong(words[1])));
  }

  private static byte[] bytes(String[] words) {
    return words[2].equals("-") ? new byte[0] : HexFormat.of().parseHex(words[2]);
  }

  private static double[] values(String[] words) {
    return Arrays.stream(words)
        .skip(3)
        .filter(word -> !word.isEmpty())
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("tensors")
  void readsAndWritesWhatMlDtypesDoes(String line) {
    String[] words = line.split(" ", -1);
    double[] values = values(words);

    assertThat(elements(words, bytes(words)).toDoubleArray()).isEqualTo(values);

    byte[] written = new byte[bytes(words).length];
    write(elements(words, written), values);
    assertThat(written).isEqualTo(bytes(words));
  }

  @ParameterizedTest
  @MethodSource("tensors")
  void leavesNeighboursAlone(String line) {
    String[] words = line.split(" ", -1);
    double[] values = values(words);
    byte[] written = new byte[bytes(words).length];
    Arrays.fill(written, (byte) -1);
    TensorElements all = elements(words, written);
    DataType type = all.dataType();

    for (int first = 0; first < 2; first++) {
      if (first < values.length) {
        TensorElements everySecond = all.withLayout(all.layout().slice(0, first, values.length, 2));
        int from = first;
        write(
            everySecond,
            IntStream.range(0, (int) everySecond.layout().elementCount())
                .mapToDouble(i -> values[from + 2 * i])
                .toArray());
      }
    }

    assertThat(all.toDoubleArray()).isEqualTo(values);
    int bitsUsed = (values.length * type.bits()) % Byte.SIZE;
    if (bitsUsed > 0) {
      assertThat((written[written.length - 1] & 0xFF) >> bitsUsed).isEqualTo(0xFF >> bitsUsed);
    }
  }

  private static void write(TensorElements elements, double[] values) {
    if (elements.dataType().toString().startsWith("float")) {
      elements.setAll(values);
    } else {
      elements.setAll(Arrays.stream(values).mapToLong(value -> (long) value).toArray());
    }
  }
}
