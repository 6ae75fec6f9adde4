package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Format strings, as the C Data Interface's page has them. */
class FormatsTest {

  static Stream<ArrowType> types() {
    return RandomFields.ofEveryType().stream().map(Field::getType).distinct();
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyTypeComesBack(ArrowType type) {
    assertThat(Formats.parse(Formats.of(type), false)).isEqualTo(type);
  }

  @Test
  void parametersAreWhereThePageHasThem() {
    assertThat(Formats.of(new ArrowType.Decimal(12, 5, 128))).isEqualTo("d:12,5");
    assertThat(Formats.of(new ArrowType.Decimal(12, -5, 256))).isEqualTo("d:12,-5,256");
    assertThat(Formats.of(new ArrowType.FixedSizeBinary(42))).isEqualTo("w:42");
    assertThat(Formats.of(new ArrowType.FixedSizeList(123))).isEqualTo("+w:123");
    assertThat(Formats.of(new ArrowType.Timestamp(TimeUnit.SECOND, "UTC"))).isEqualTo("tss:UTC");
    assertThat(Formats.of(new ArrowType.Timestamp(TimeUnit.NANOSECOND, null))).isEqualTo("tsn:");
    assertThat(Formats.of(new ArrowType.Union(UnionMode.Dense, new int[] {4, 2})))
        .isEqualTo("+ud:4,2");
    assertThat(Formats.of(new ArrowType.Union(UnionMode.Sparse, new int[] {0}))).isEqualTo("+us:0");
    assertThat(Formats.of(new ArrowType.Map(true))).isEqualTo("+m");
  }

  @Test
  void theFlagSaysWhetherKeysAreSorted() {
    assertThat(Formats.parse("+m", true)).isEqualTo(new ArrowType.Map(true));
    assertThat(Formats.parse("+m", false)).isEqualTo(new ArrowType.Map(false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "ts",
        "tsx:",
        "tss",
        "d:",
        "d:1",
        "d:1,2,3,4",
        "d:1,2,64",
        "d:a,b",
        "w:0",
        "w:-1",
        "w:",
        "+w:-1",
        "+ud:a",
        "+us:-1",
        "+us:128",
        "+us:1,1",
        "+ud:1,",
        "ttx",
        "c:",
        "+"
      })
  void whatIsNoFormatIsRefused(String format) {
    assertThatIllegalArgumentException().isThrownBy(() -> Formats.parse(format, false));
  }
}
