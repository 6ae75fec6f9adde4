package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.dlpack4j.arrow.Crossing.Numbers;
import org.dlpack4j.arrow.Crossing.Refused;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.arrow.extension.BFloat16Type;
import org.dlpack4j.arrow.extension.Bool8Type;
import org.dlpack4j.arrow.extension.FixedShapeTensorType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of types, as people read it. */
class CrossingsTest {

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EXTENSIONTYPE")
  void everyTypeIsInTheDocumentAsItCrosses(MinorType type) throws IOException {
    assertIsAsDocumented(type.name(), Crossings.of(type));
  }

  static Stream<ExtensionType> everyExtensionIsInTheDocumentAsItCrosses() {
    return Stream.of(Bool8Type.INSTANCE, BFloat16Type.INSTANCE, FixedShapeTensorType.of());
  }

  @ParameterizedTest
  @MethodSource
  void everyExtensionIsInTheDocumentAsItCrosses(ExtensionType type) throws IOException {
    assertIsAsDocumented(type.extensionName(), Crossings.of(type));
  }

  private static void assertIsAsDocumented(String name, Crossing crossing) throws IOException {
    List<String> row =
        Files.readAllLines(Path.of("../docs/arrow.md")).stream()
            .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
            .filter(cells -> cells.size() == 4 && cells.get(1).equals(name))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no row of " + name));
    String tensor = row.get(2);
    String column = row.get(3);

    assertThat(column.equals("no")).isEqualTo(crossing instanceof Refused);
    switch (crossing) {
      case Numbers(var dataType, _) when dataType.elementBits() <= Long.SIZE -> {
        assertThat(tensor).isEqualTo(dataType + " [n]");
        assertThat(column).startsWith(dataType + ", ");
      }
      case Numbers(var dataType, _) -> {
        int bytes = dataType.elementBits() / Byte.SIZE;
        assertThat(tensor).isEqualTo("uint8 [n, %d] by request".formatted(bytes));
        assertThat(column).startsWith(dataType + ", ");
      }
      case Shaped.BITS -> assertThat(tensor).contains("packed", "copy");
      case Shaped.TENSORS -> assertThat(tensor).startsWith("[n, shape");
      case Shaped.FIXED_BYTES, Shaped.FIXED_LISTS -> assertThat(tensor).contains("[n, ");
      case Shaped _ -> assertThat(tensor).isEqualTo("no");
      case Refused _ -> assertThat(tensor).startsWith("no: ");
    }
  }
}
