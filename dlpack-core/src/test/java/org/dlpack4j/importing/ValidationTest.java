package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.importing.ForeignTensor.legacy;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import org.dlpack4j.Device;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.importing.Violation.Field;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValidationTest {

  private static final long MIN = Long.MIN_VALUE;
  private static final long MAX = Long.MAX_VALUE;

  @ParameterizedTest
  @MethodSource("org.dlpack4j.importing.Refusals#all")
  void saysWhatIsWrongAndNothingElse(Refusal refusal) {
    ForeignTensor tensor = refusal.refused();

    List<Violation> found = refusal.violations(tensor);

    assertThat(found).singleElement().hasToString(refusal.message(tensor));
    Violation violation = found.getFirst();
    assertThat(violation.code()).isEqualTo(refusal.code());
    assertThat(violation.field()).isEqualTo(refusal.field());
    assertThat(violation.axis()).isEqualTo(refusal.axis());
    assertThat(violation.value()).isEqualTo(refusal.value(tensor));
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.importing.Refusals#all")
  void acceptsTheNearestOne(Refusal refusal) {
    assertThat(refusal.violations(refusal.accepted())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.importing.Refusals#withoutProbing")
  void knowsWhereTheElementsAreUnlessTheFaultHidesThem(Refusal refusal) {
    assertThat(refusal.locates(refusal.refused())).isEqualTo(!refusal.hidesElements());
    assertThat(refusal.locates(refusal.accepted())).isTrue();
  }

  @Test
  void isTestedForEveryCode() {
    assertThat(Refusals.all().map(Refusal::code).collect(Collectors.toSet()))
        .isEqualTo(EnumSet.allOf(Code.class));
  }

  @Test
  void reportsEverythingAtOnce() {
    ForeignTensor tensor =
        versioned()
            .deleter(1)
            .flags(12)
            .dataType(200, 8, 1)
            .device(Device.cuda(3))
            .shape(-1, 0, -5);

    assertThat(codes(ImportPolicy.DEFAULT.ndim(1, 2), tensor))
        .containsExactly(
            Code.IMPOSSIBLE_POINTER,
            Code.NDIM_OUT_OF_RANGE,
            Code.FLAGS_NOT_ALLOWED,
            Code.PADDED_WHOLE_BYTES,
            Code.DATA_TYPE_NOT_ALLOWED,
            Code.DEVICE_NOT_ALLOWED);
    assertThat(codes(ImportPolicy.DEFAULT.ndim(4, 5), tensor))
        .endsWith(Code.DEVICE_NOT_ALLOWED, Code.NEGATIVE_DIMENSION, Code.NEGATIVE_DIMENSION);
  }

  @Test
  void reportsEverythingOfTheLayoutAtOnce() {
    ForeignTensor tensor = versioned().byteOffset(2).strides(0, 1);
    ImportPolicy narrow =
        ImportPolicy.STRICT.requireContiguous().requireWritable().maxElements(5).maxBytes(11);

    assertThat(codes(narrow, tensor))
        .containsExactly(
            Code.TOO_LARGE,
            Code.NOT_CONTIGUOUS,
            Code.OVERLAPPING,
            Code.NOT_WRITABLE,
            Code.TOO_LARGE,
            Code.UNALIGNED_DATA);
  }

  private static List<Code> codes(ImportPolicy policy, ForeignTensor tensor) {
    return Refusal.violations(policy, tensor).stream().map(Violation::code).toList();
  }

  @Test
  void looksAtNothingBehindTheFlagsOfAnotherMajorVersion() {
    ForeignTensor tensor =
        versioned()
            .version(2, 0)
            .flags(-1)
            .shapePointer(1)
            .stridesPointer(2)
            .ndim(-7)
            .data(0)
            .dataType(99, 0, 0);

    assertThat(codes(ImportPolicy.STRICT, tensor)).containsExactly(Code.UNSUPPORTED_VERSION);
  }

  @Test
  void reportsTheDeleterOfAnotherMajorVersion() {
    assertThat(codes(ImportPolicy.DEFAULT, versioned().version(2, 0).deleter(7)))
        .containsExactly(Code.IMPOSSIBLE_POINTER, Code.UNSUPPORTED_VERSION);
  }

  @ParameterizedTest
  @ValueSource(longs = {MIN, -1, 0, 1, 7, MAX})
  void ignoresStridesThatMeanNothing(long stride) {
    assertThat(accepted(versioned().shape(1, 3).strides(stride, 1)).isContiguous()).isTrue();
    assertThat(accepted(versioned().shape(3, 1).strides(1, stride)).isContiguous()).isTrue();
    Validation empty = accepted(versioned().shape(3, 0, 5).strides(stride, stride, stride));
    assertThat(empty.isEmpty()).isTrue();
    assertThat(empty.isContiguous()).isTrue();
    assertThat(empty.isReadOnly()).isFalse();
  }

  @Test
  void takesMissingStridesForRowMajorInEveryVersion() {
    for (ForeignTensor tensor :
        new ForeignTensor[] {versioned().version(1, 0), versioned().version(1, 9), legacy()}) {
      Validation accepted = accepted(tensor.withoutStrides().shape(2, 3, 4).withoutStrides());

      assertThat(accepted.isContiguous()).isTrue();
      assertThat(accepted.endByte()).isEqualTo(96);
    }
  }

  @Test
  void looksAtNoShapeWithoutDimensions() {
    for (long pointer : new long[] {0, 1, MIN}) {
      Validation scalar =
          accepted(versioned().ndim(0).shapePointer(pointer).stridesPointer(pointer));

      assertThat(scalar.elementCount()).isEqualTo(1);
      assertThat(scalar.endByte()).isEqualTo(4);
      assertThat(scalar.isContiguous()).isTrue();
    }
  }

  @Test
  void needsNoDataWithoutElements() {
    for (long data : new long[] {0, 1, MIN}) {
      Validation empty = accepted(versioned().shape(0).data(data).byteOffset(-1));

      assertThat(empty.lowByte()).isZero();
      assertThat(empty.endByte()).isZero();
      assertThat(empty.isLocated()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    // type, flags, shape, strides, low and end byte
    "0, 32, 1, 0, 3 4, 4 1, 0, 48",
    "0, 32, 1, 0, 3 4, -4 1, -32, 16",
    "0, 32, 1, 0, 3 4, -4 -1, -44, 4",
    "0, 32, 1, 0, 3 4, 10 2, 0, 108",
    "0, 64, 1, 0, 5, 0, 0, 8",
    "0, 4, 1, 0, 5, 1, 0, 3",
    "0, 4, 1, 4, 5, 1, 0, 5",
    "0, 4, 1, 0, 4, -1, -2, 1",
    "0, 4, 1, 0, 5, 3, 0, 7",
    "15, 6, 1, 0, 5, 1, 0, 4",
    "15, 6, 1, 0, 5, -1, -3, 1",
    "15, 6, 1, 4, 5, -1, -4, 1",
    "0, 1, 1, 0, 9, 1, 0, 2",
    "2, 32, 4, 0, 3, 2, 0, 80",
    "0, 4, 3, 0, 3, 1, 0, 5",
    "0, 4, 3, 4, 3, 1, 0, 9",
  })
  void measuresFromTheLowestToTheHighestByte(
      int code, int bits, int lanes, long flags, String shape, String strides, long low, long end) {
    Validation validation =
        accepted(
            ImportPolicy.DEFAULT.allowLanes(),
            versioned()
                .dataType(code, bits, lanes)
                .flags(flags)
                .shape(longs(shape))
                .strides(longs(strides)));

    assertThat(validation.lowByte()).isEqualTo(low);
    assertThat(validation.endByte()).isEqualTo(end);
  }

  private static long[] longs(String text) {
    return List.of(text.split(" ", -1)).stream().mapToLong(Long::parseLong).toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "3 4, 0 1, true",
    "3 4, 4 0, true",
    "3 4, 3 1, true",
    "3 4, -3 1, true",
    "3 4, 4 1, false",
    "3 4, -4 -1, false",
    "3 4, 1 3, false",
    "3 4, 1 2, true",
    "2 2 2, 4 2 1, false",
    "2 2 2, 3 2 1, true",
    "2 2, 5 5, true",
    "1 3, 0 1, false",
    "0 3, 0 0, false",
  })
  void isReadOnlyWhereElementsMayOverlap(String shape, String strides, boolean readOnly) {
    Validation validation = accepted(versioned().shape(longs(shape)).strides(longs(strides)));

    assertThat(validation.isReadOnly()).isEqualTo(readOnly);
  }

  @Test
  void isReadOnlyByFlagAndByFlavour() {
    assertThat(accepted(versioned()).isReadOnly()).isFalse();
    assertThat(accepted(versioned().flags(2)).isReadOnly()).isFalse();
    assertThat(accepted(versioned().flags(1)).isReadOnly()).isTrue();
    assertThat(accepted(legacy()).isReadOnly()).isTrue();
    ImportPolicy writable = ImportPolicy.DEFAULT.assumeWritable();
    assertThat(accepted(writable, legacy()).isReadOnly()).isFalse();
    assertThat(accepted(writable, legacy().strides(0, 0)).isReadOnly()).isTrue();
    assertThat(accepted(writable, versioned().flags(1)).isReadOnly()).isTrue();
  }

  @Test
  void findsTheFirstElementBehindTheOffset() {
    ForeignTensor tensor = versioned().byteOffset(24);
    Snapshot snapshot = new Snapshot();
    snapshot.read(tensor.address(), tensor.flavour(), 64, Source.DIRECT);

    assertThat(snapshot.firstElement()).isEqualTo(tensor.data().address() + 24);
  }

  @Test
  void canBeUsedAgainAndRemembersNothing() {
    Snapshot snapshot = new Snapshot();
    Validation validation = new Validation(snapshot);
    ForeignTensor overlapping = versioned().shape(9).strides(0);
    ForeignTensor broken = versioned().shape(-1);
    ForeignTensor fine = versioned();

    for (int round = 0; round < 2; round++) {
      assertThat(validated(snapshot, validation, overlapping)).isEmpty();
      assertThat(validation.isReadOnly()).isTrue();
      assertThat(validated(snapshot, validation, broken)).hasSize(1);
      assertThat(validation.isLocated()).isFalse();
      assertThat(validated(snapshot, validation, fine)).isEmpty();
      assertThat(validation.isReadOnly()).isFalse();
      assertThat(validation.isLocated()).isTrue();
      assertThat(validation.elementCount()).isEqualTo(6);
    }
  }

  private static List<Violation> validated(
      Snapshot snapshot, Validation validation, ForeignTensor tensor) {
    snapshot.read(tensor.address(), tensor.flavour(), 64, Source.DIRECT);
    return validation.violations(ImportPolicy.DEFAULT.rules());
  }

  private static Validation accepted(ForeignTensor tensor) {
    return accepted(ImportPolicy.DEFAULT, tensor);
  }

  private static Validation accepted(ImportPolicy policy, ForeignTensor tensor) {
    Snapshot snapshot = new Snapshot();
    snapshot.read(tensor.address(), tensor.flavour(), 64, Source.DIRECT);
    Validation validation = new Validation(snapshot);
    assertThat(validation.violations(policy.rules())).isEmpty();
    return validation;
  }

  @Test
  void hasFieldsByTheirNamesInDlpack() {
    assertThat(Field.values())
        .extracting(Field::toString)
        .containsExactly(
            "managed tensor",
            "version",
            "deleter",
            "flags",
            "data",
            "device",
            "ndim",
            "dtype",
            "shape",
            "strides",
            "byte_offset");
  }
}
