package org.dlpack4j.arrow.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.apache.arrow.vector.extension.InvalidExtensionMetadataException;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the metadata of extension types says, and what it must not say. */
class FixedShapeTensorTypeTest {

  private static final FixedShapeTensorType ANY = FixedShapeTensorType.of();

  private static ArrowType listsOf(int size) {
    return new ArrowType.FixedSizeList(size);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "24; {\"shape\":[2,3,4]}",
        "24; {\"shape\":[2,3,4],\"dim_names\":[\"a\",\"b\",\"\"]}",
        "24; {\"shape\":[2,3,4],\"permutation\":[2,0,1]}",
        "6; {\"shape\":[2,3],\"dim_names\":[\"a\",\"b\"],\"permutation\":[1,0]}",
        "0; {\"shape\":[2,0,3]}",
        "1; {\"shape\":[]}",
      })
  void theMetadataOfTheSpecificationIsReadAndWritten(int size, String metadata) {
    ExtensionType type = (ExtensionType) ANY.deserialize(listsOf(size), metadata);
    assertThat(type.serialize()).isEqualTo(metadata);
    assertThat(type.storageType()).isEqualTo(listsOf(size));
    assertThat(type).isEqualTo(ANY.deserialize(listsOf(size), type.serialize()));
  }

  @Test
  void eachParameterIsPartOfTheType() {
    FixedShapeTensorType type = FixedShapeTensorType.of(2, 3);
    assertThat(type).isNotEqualTo(FixedShapeTensorType.of(3, 2));
    assertThat(type).isNotEqualTo(type.withDimNames("x", "y"));
    assertThat(type).isNotEqualTo(type.withPermutation(1, 0));
    assertThat(type).isEqualTo(type.withPermutation(0, 1));
    assertThat(type.withPermutation(1, 0).permutation()).containsExactly(1, 0);
    assertThat(type.withDimNames("x", "y").dimNames()).containsExactly("x", "y");
    assertThat(type.elementCount()).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"shape\":[2,3],\"permutation\":[0,1],\"dim_names\":null}",
        " { \"permutation\" : null, \"shape\" : [2, 3], \"more\": {\"shape\": 7} } ",
      })
  void whatMeansTheSameIsTheSame(String metadata) {
    assertThat(ANY.deserialize(listsOf(6), metadata)).isEqualTo(FixedShapeTensorType.of(2, 3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "``; an object with a shape",
        "null; an object with a shape",
        "[2,3]; an object with a shape",
        "{}; an object with a shape",
        "{\"shape\":[2,3]; expected JSON",
        "{\"shape\":[2,3]} {}; expected JSON",
        "{\"shape\":[2,3],\"shape\":[3,2]}; Duplicate",
        "{\"shape\":null}; shape: expected an array of integers",
        "{\"shape\":6}; shape: expected an array of integers",
        "{\"shape\":{\"0\":6}}; shape: expected an array of integers",
        "{\"shape\":[2,3.0]}; shape: expected an array of integers",
        "{\"shape\":[\"2\",3]}; shape: expected an array of integers",
        "{\"shape\":[4294967298,3]}; shape: expected an array of integers",
        "{\"shape\":[-2,-3]}; shape: expected sizes of 0 or more",
        "{\"shape\":[65536,65536,0]}; shape: expected sizes of 0 or more",
        "{\"shape\":[2,3],\"dim_names\":[\"a\"]}; dim_names: expected 2",
        "{\"shape\":[2,3],\"dim_names\":[\"a\",2]}; dim_names: expected an array of names",
        "{\"shape\":[2,3],\"dim_names\":\"ab\"}; dim_names: expected an array of names",
        "{\"shape\":[2,3],\"permutation\":[0]}; permutation: expected each of 0 to 1 once",
        "{\"shape\":[2,3],\"permutation\":[0,0]}; permutation: expected each of 0 to 1 once",
        "{\"shape\":[2,3],\"permutation\":[0,1,0]}; permutation: expected each of 0 to 1 once",
        "{\"shape\":[2,3],\"permutation\":[1,2]}; permutation: expected each of 0 to 1 once",
        "{\"shape\":[2,3],\"permutation\":[-1,0]}; permutation: expected each of 0 to 1 once",
        "{\"shape\":[2,4]}; expected storage of FixedSizeList(8) but found FixedSizeList(6)",
      })
  void hostileMetadataIsRefused(String metadata, String reason) {
    assertThatExceptionOfType(InvalidExtensionMetadataException.class)
        .isThrownBy(() -> ANY.deserialize(listsOf(6), metadata))
        .withMessageStartingWith("arrow.fixed_shape_tensor: ")
        .withMessageContaining(reason);
  }

  @Test
  void metadataThatIsTooDeepForAStackIsRefused() {
    String metadata = "{\"shape\":" + "[".repeat(1_000_000);
    assertThatExceptionOfType(InvalidExtensionMetadataException.class)
        .isThrownBy(() -> ANY.deserialize(listsOf(6), metadata));
  }

  @Test
  void storageThatIsNoListIsRefused() {
    assertThatExceptionOfType(InvalidExtensionMetadataException.class)
        .isThrownBy(() -> ANY.deserialize(new ArrowType.Int(32, true), "{\"shape\":[1]}"))
        .withMessageContaining("expected storage of FixedSizeList(1) but found Int(32, true)");
  }

  @Test
  void typesWithoutParametersHaveOneStorageEach() {
    ArrowType bytes = new ArrowType.Int(8, true);
    ArrowType pairs = new ArrowType.FixedSizeBinary(2);
    assertThat(Bool8Type.INSTANCE.deserialize(bytes, "")).isSameAs(Bool8Type.INSTANCE);
    assertThat(BFloat16Type.INSTANCE.deserialize(pairs, "")).isSameAs(BFloat16Type.INSTANCE);
    assertThatExceptionOfType(InvalidExtensionMetadataException.class)
        .isThrownBy(() -> Bool8Type.INSTANCE.deserialize(pairs, ""))
        .withMessage("arrow.bool8: expected storage of Int(8, true) but found FixedSizeBinary(2)");
    assertThatExceptionOfType(InvalidExtensionMetadataException.class)
        .isThrownBy(() -> BFloat16Type.INSTANCE.deserialize(pairs, "{}"))
        .withMessage("lance.bfloat16: expected no parameters but found '{}'");
  }

  @Test
  void aTypeIsNotMadeOfWhatTheSpecificationForbids() {
    assertThatIllegalArgumentException().isThrownBy(() -> FixedShapeTensorType.of(2, -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FixedShapeTensorType.of(1 << 20, 1 << 20));
    assertThatIllegalArgumentException().isThrownBy(() -> ANY.withDimNames("a"));
    assertThatIllegalArgumentException().isThrownBy(() -> ANY.withPermutation(0));
  }
}
