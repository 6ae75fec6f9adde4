package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.importing.Violation.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Pointers that lead nowhere: refused, and no fault. */
@EnabledOnOs(OS.LINUX)
class ProbedTest {

  private final Pages pages = new Pages();

  @AfterEach
  void unmap() {
    pages.close();
  }

  private static List<Violation> violations(ForeignTensor tensor) {
    return tensor.importer().with(ImportPolicy.PROBED).inspect(tensor.pointer()).violations();
  }

  private static void assertUnreadable(ForeignTensor tensor, Field field) {
    List<Violation> found = violations(tensor);

    assertThat(found).singleElement().extracting(Violation::field).isEqualTo(field);
    assertThat(found.getFirst().code()).isEqualTo(Code.UNREADABLE_POINTER);
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(
            () -> tensor.importer().with(ImportPolicy.PROBED).adopt(tensor.pointer()).close());
    assertThat(tensor.deletions()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void findsAStructThatIsNotThere(Flavour flavour) {
    assertUnreadable(ForeignTensor.of(flavour).pointer(pages.end()), Field.MANAGED);
    assertUnreadable(ForeignTensor.of(flavour).pointer(pages.start() - 8), Field.MANAGED);
  }

  @ParameterizedTest
  @CsvSource({
    "VERSIONED, 8",
    "VERSIONED, 24",
    "VERSIONED, 32",
    "VERSIONED, 72",
    "LEGACY, 8",
    "LEGACY, 56",
  })
  void findsAStructWhoseTailIsNotThere(Flavour flavour, long bytesInside) {
    ForeignTensor tensor = ForeignTensor.of(flavour);
    tensor.pointer(pages.acrossEnd(tensor.struct(), bytesInside));

    assertUnreadable(tensor, Field.MANAGED);
  }

  @ParameterizedTest
  @EnumSource
  void readsAStructUpToTheEndOfItsPage(Flavour flavour) {
    ForeignTensor tensor = ForeignTensor.of(flavour);
    tensor.pointer(pages.atEnd(tensor.struct()).address());

    assertThat(violations(tensor)).isEmpty();
  }

  @Test
  void discardsByTheHeaderAlone() {
    TensorImporter importer = TensorImporter.versioned().with(ImportPolicy.PROBED);
    ForeignTensor header = ForeignTensor.versioned();
    header.pointer(pages.acrossEnd(header.struct(), 32));
    importer.discard(header.pointer());
    assertThat(header.deletions()).isEqualTo(1);

    ForeignTensor less = ForeignTensor.versioned();
    less.pointer(pages.acrossEnd(less.struct(), 24));
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> importer.discard(less.pointer()))
        .withMessageContaining("expected mapped memory but found 0x%x", less.address());
    assertThat(less.deletions()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void findsArraysThatAreNotThere(Flavour flavour) {
    for (long nowhere : new long[] {pages.end(), pages.start() - 16, pages.end() - 8}) {
      assertUnreadable(ForeignTensor.of(flavour).shapePointer(nowhere), Field.SHAPE);
      assertUnreadable(ForeignTensor.of(flavour).stridesPointer(nowhere), Field.STRIDES);
    }
    ForeignTensor without = ForeignTensor.of(flavour).shapePointer(pages.end());
    Inspection inspection = without.importer().with(ImportPolicy.PROBED).inspect(without.pointer());
    assertThat(inspection.shape()).isEmpty();
    assertThat(inspection.strides()).isPresent();
    long shape = pages.atEnd(2, 3);
    assertThat(violations(ForeignTensor.of(flavour).shapePointer(shape))).isEmpty();
    assertThat(violations(ForeignTensor.of(flavour).stridesPointer(shape)))
        .as("strides 2, 3 are strides, too")
        .isEmpty();
  }

  @Test
  void findsADeleterThatIsNotThere() {
    assertUnreadable(ForeignTensor.versioned().deleter(pages.end()), Field.DELETER);
    assertThat(violations(ForeignTensor.versioned().deleter(pages.end() - 1))).isEmpty();
    assertThat(violations(ForeignTensor.versioned().deleter(0))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // shape, strides, first byte counted from the end of the page or its start, there
    "6, 1, -6, end, true",
    "6, 1, -5, end, false",
    "6, 1, 0, end, false",
    "6, -1, 5, start, true",
    "6, -1, 4, start, false",
    "6, -1, -1, end, true",
    "6, -1, 0, end, false",
    "2, 4000, 0, start, true",
    "2, 4095, 0, start, true",
    "2, 4096, 0, start, false",
    "2, -4095, -1, end, true",
    "2, -4096, -1, end, false",
  })
  void looksAtBothEndsOfTheData(long size, long stride, long offset, String from, boolean there) {
    long first = ("end".equals(from) ? pages.end() : pages.start()) + offset;
    ForeignTensor tensor =
        ForeignTensor.versioned().dataType(DataType.INT8).shape(size).strides(stride);
    tensor.data(first - 7).byteOffset(7);

    if (there) {
      assertThat(violations(tensor)).isEmpty();
    } else {
      assertUnreadable(tensor, Field.DATA);
    }
  }

  @Test
  void reportsWhatElseIsWrongWithTheData() {
    ForeignTensor tensor = ForeignTensor.versioned().data(pages.end() - 2).flags(8);

    assertThat(violations(tensor))
        .extracting(Violation::code)
        .containsExactly(Code.FLAGS_NOT_ALLOWED, Code.UNREADABLE_POINTER);
  }

  @Test
  void looksForNoDataWhereItCannotBeRead() {
    ForeignTensor cuda = ForeignTensor.versioned().device(Device.cuda(0)).data(pages.end());
    ImportPolicy policy = ImportPolicy.DEFAULT.anyDevice().probing();
    assertThat(cuda.importer().with(policy).inspect(cuda.pointer()).violations()).isEmpty();
    assertThat(violations(ForeignTensor.versioned().shape(0).data(pages.end()))).isEmpty();
  }

  @Test
  void adoptsWhatIsThere() {
    ForeignTensor tensor = ForeignTensor.versioned();
    try (ImportedTensor adopted =
        tensor.importer().with(ImportPolicy.PROBED).adopt(tensor.pointer())) {
      assertThat(adopted.elements().getDouble(1, 2)).isZero();
    }
    assertThat(tensor.deletions()).isEqualTo(1);
  }

  @Test
  void guessesNothingAboutThePageInTheMiddle() {
    // The ends are real; what is between is not asked for, and the documentation says so.
    try (Pages others = new Pages()) {
      long low = Math.min(pages.start(), others.start());
      long distance = Math.abs(pages.start() - others.start());
      ForeignTensor tensor =
          ForeignTensor.versioned().dataType(DataType.INT8).data(low).shape(2).strides(distance);

      assertThat(violations(tensor)).isEmpty();
    }
  }

  @Test
  void isForPoliciesThatAskForIt() {
    assertThat(ImportPolicy.PROBED.rules().probing).isTrue();
    assertThat(ImportPolicy.STRICT.probing().rules().toTheLetter).isTrue();
    assertThat(ImportPolicy.DEFAULT.rules().probing).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                TensorImporter.versioned()
                    .with(ImportPolicy.PROBED)
                    .adopt(MemorySegment.ofAddress(0x7fff_ffff_0000L))
                    .close())
        .withMessageContaining("managed tensor: expected mapped memory");
  }
}
