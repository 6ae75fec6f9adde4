package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.dlpack4j.importing.ForeignTensor.legacy;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.util.List;
import java.util.function.Consumer;
import org.dlpack4j.Concurrently;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.abi.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReusableTensorTest {

  private static final List<Consumer<ReusableTensor>> QUESTIONS =
      List.of(
          ReusableTensor::dataType,
          ReusableTensor::device,
          ReusableTensor::flags,
          ReusableTensor::ndim,
          tensor -> tensor.shape(0),
          tensor -> tensor.stride(0),
          ReusableTensor::elementCount,
          ReusableTensor::isContiguous,
          ReusableTensor::isReadOnly,
          ReusableTensor::dataAddress,
          tensor -> tensor.getLong(0),
          tensor -> tensor.getLong(0, 0),
          tensor -> tensor.getDouble(0),
          tensor -> tensor.getDouble(0, 0),
          ReusableTensor::transferOut);

  private final ReusableTensor tensor = TensorImporter.versioned().reusable();

  /** int32 that count up. */
  private static ForeignTensor counting() {
    ForeignTensor foreign = versioned().dataType(DataType.INT32);
    for (int i = 0; i < ForeignTensor.DATA_BYTES / Integer.BYTES; i++) {
      foreign.data().setAtIndex(JAVA_INT, i, i);
    }
    return foreign;
  }

  @ParameterizedTest
  @EnumSource
  void takesTensorAfterTensor(Flavour flavour) {
    ForeignTensor foreign = ForeignTensor.of(flavour);
    ReusableTensor reusable = foreign.importer().reusable();

    for (int round = 1; round <= 3; round++) {
      assertThat(reusable.isHeld()).isFalse();
      reusable.adopt(foreign.address());
      assertThat(reusable.isHeld()).isTrue();
      assertThat(foreign.deletions()).isEqualTo(round - 1);
      reusable.close();
      reusable.close();
      assertThat(foreign.deletions()).isEqualTo(round);
    }
  }

  @Test
  void saysWhatTheTensorIs() {
    ForeignTensor foreign = versioned().flags(3).byteOffset(8).device(new Device(3, 1));
    foreign.shape(2, 3, 4).strides(24, -4, 1);

    tensor.adopt(foreign.address());

    assertThat(tensor.dataType()).isEqualTo(DataType.FLOAT32);
    assertThat(tensor.device()).isEqualTo(new Device(3, 1));
    assertThat(tensor.flags()).isEqualTo(3);
    assertThat(tensor.ndim()).isEqualTo(3);
    assertThat(tensor.shape(1)).isEqualTo(3);
    assertThat(tensor.stride(1)).isEqualTo(-4);
    assertThat(tensor.elementCount()).isEqualTo(24);
    assertThat(tensor.isContiguous()).isFalse();
    assertThat(tensor.isReadOnly()).isTrue();
    assertThat(tensor.dataAddress()).isEqualTo(foreign.data().address() + 8);
    for (int axis : new int[] {-1, 3, 8}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> tensor.shape(axis));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> tensor.stride(axis));
    }
  }

  @Test
  void forgetsTheOneBefore() {
    tensor.adopt(versioned().flags(1).shape(9, 9, 9, 9).strides(0, 0, 0, 0).address());
    tensor.close();
    tensor.adopt(versioned().shape(2, 5).withoutStrides().address());

    assertThat(tensor.isReadOnly()).isFalse();
    assertThat(tensor.flags()).isZero();
    assertThat(tensor.isContiguous()).isTrue();
    assertThat(tensor.elementCount()).isEqualTo(10);
    assertThat(tensor.stride(0)).as("written out").isEqualTo(5);
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> tensor.shape(2));
  }

  @Test
  void isReadOnlyForALegacyOne() {
    ReusableTensor old = TensorImporter.legacy().reusable();
    old.adopt(legacy().address());
    assertThat(old.isReadOnly()).isTrue();
    assertThat(old.flags()).isZero();
    ReusableTensor writable =
        TensorImporter.legacy().with(ImportPolicy.DEFAULT.assumeWritable()).reusable();
    writable.adopt(legacy().address());
    assertThat(writable.isReadOnly()).isFalse();
  }

  @Test
  void hasNoAddressWithoutElements() {
    tensor.adopt(versioned().shape(0).data(0x1234).address());

    assertThat(tensor.dataAddress()).isZero();
    assertThat(tensor.elementCount()).isZero();
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> tensor.getLong(0));
  }

  @ParameterizedTest
  @CsvSource({"3, 1, 1", "1, 3, 3", "-3, -1, -1", "0, 2, 2", "9, 1, 1"})
  void readsVectorsAndMatrices(long row, long column, long vector) {
    ForeignTensor foreign = counting().byteOffset(48).shape(2, 3).strides(row, column);
    tensor.adopt(foreign.address());
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        assertThat(tensor.getLong(i, j)).isEqualTo(12 + i * row + j * column);
        assertThat(tensor.getDouble(i, j)).isEqualTo((double) (12 + i * row + j * column));
      }
    }
    tensor.close();
    tensor.adopt(foreign.shape(3).strides(vector).address());
    for (int i = 0; i < 3; i++) {
      assertThat(tensor.getLong(i)).isEqualTo(12 + i * vector);
      assertThat(tensor.getDouble(i)).isEqualTo((double) (12 + i * vector));
    }
  }

  @Test
  void readsElementsSmallerThanAByte() {
    ForeignTensor foreign = versioned().dataType(DataType.UINT4).shape(4);
    foreign.data().set(JAVA_INT, 0, 0x4321);
    tensor.adopt(foreign.address());
    assertThat(List.of(tensor.getLong(0), tensor.getLong(1), tensor.getLong(2), tensor.getLong(3)))
        .containsExactly(1L, 2L, 3L, 4L);
    tensor.close();
    tensor.adopt(foreign.flags(4).address());
    assertThat(tensor.getLong(1)).as("padded, the lower half of a byte").isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0",
    "2, 0",
    "0, -1",
    "0, 3",
    "9223372036854775807, 0",
    "0, -9223372036854775808"
  })
  void readsNothingOutside(long row, long column) {
    tensor.adopt(counting().address());

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> tensor.getLong(row, column));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> tensor.getDouble(row, column));
  }

  @Test
  void readsNothingOutsideAVector() {
    tensor.adopt(counting().shape(6).address());

    for (long index : new long[] {-1, 6, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> tensor.getLong(index));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> tensor.getDouble(index));
    }
  }

  @Test
  void readsOnlyWithAsManyIndicesAsThereAreDimensions() {
    tensor.adopt(counting().address());
    assertRefusesToRead(() -> tensor.getLong(0), 1, "2 of int32 on cpu");
    assertRefusesToRead(() -> tensor.getDouble(0), 1, "2 of int32 on cpu");
    tensor.close();
    tensor.adopt(counting().shape(6).address());
    assertRefusesToRead(() -> tensor.getLong(0, 0), 2, "1 of int32 on cpu");
    assertRefusesToRead(() -> tensor.getDouble(0, 0), 2, "1 of int32 on cpu");
  }

  private static void assertRefusesToRead(Runnable read, int ndim, String found) {
    assertThatIllegalArgumentException()
        .isThrownBy(read::run)
        .withMessage(
            "index: expected %d dimensions of one lane that the CPU may read but found %s",
            ndim, found);
  }

  @Test
  void readsNothingThatTheCpuCannot() {
    ReusableTensor any =
        TensorImporter.versioned().with(ImportPolicy.DEFAULT.anyDevice().allowLanes()).reusable();
    any.adopt(versioned().device(Device.cuda(1)).data(0x70000000L).shape(3).address());
    assertRefusesToRead(() -> any.getLong(0), 1, "1 of float32 on cuda:1");
    assertThat(any.dataAddress()).isEqualTo(0x70000000L);
    any.close();
    any.adopt(versioned().dataType(2, 32, 4).shape(3).address());
    assertRefusesToRead(() -> any.getDouble(0), 1, "1 of float32x4 on cpu");
  }

  @Test
  void namesTheMethodForAType() {
    tensor.adopt(versioned().shape(3).address());

    assertThat(tensor.getDouble(2)).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tensor.getLong(0))
        .withMessageContaining("use getDouble");
  }

  @Test
  void refusesASecondOneWhileItHoldsOne() {
    ForeignTensor first = versioned();
    ForeignTensor second = versioned();
    tensor.adopt(first.address());

    for (Consumer<ForeignTensor> adoption :
        List.<Consumer<ForeignTensor>>of(
            foreign -> tensor.adopt(foreign.address()),
            foreign -> tensor.adoptOrDiscard(foreign.address()))) {
      assertThatIllegalStateException()
          .isThrownBy(() -> adoption.accept(second))
          .withMessage(
              "reusable tensor: expected none to be held but found the one at 0x%x; close or"
                  + " transfer it out first",
              first.address());
    }

    assertThat(second.deletions()).isZero();
    assertThat(first.deletions()).isZero();
    assertThat(tensor.transferOut()).isEqualTo(first.address());
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.importing.Refusals#withoutProbing")
  void canBeUsedAfterARefusal(Refusal refusal) {
    ForeignTensor refused = refusal.refused();
    ReusableTensor reusable = refusal.importer(refused).reusable();
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> reusable.adopt(refused.address()));
    assertThat(reusable.isHeld()).isFalse();
    assertThat(reusable).hasToString("reusable tensor, holding none");
    ForeignTensor fine = refusal.accepted();

    if (fine.flavour() == refused.flavour() && fine.isReal()) {
      reusable.adopt(fine.address());
      assertThat(reusable.isHeld()).isTrue();
      assertThat(reusable.transferOut()).isEqualTo(fine.address());
    }
    reusable.close();
    assertThat(refused.deletions() + fine.deletions()).isZero();
  }

  @Test
  void leavesTheDeleterToWhoGetsThePointer() {
    ForeignTensor foreign = versioned();
    tensor.adopt(foreign.address());
    assertThat(tensor).hasToString("reusable tensor, holding the one at 0x%x", foreign.address());

    assertThat(tensor.transferOut()).isEqualTo(foreign.address());
    tensor.close();

    assertThat(tensor).hasToString("reusable tensor, holding none");
    assertThat(foreign.deletions()).isZero();
    tensor.adopt(foreign.address());
    tensor.close();
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void mayHoldOneWithoutADeleter() {
    ForeignTensor foreign = versioned().deleter(0);
    tensor.adopt(foreign.address());

    tensor.close();

    assertThat(tensor.isHeld()).isFalse();
    assertThat(foreign.deletions()).isZero();
  }

  @Test
  void answersNothingWhileItHoldsNone() {
    for (int round = 0; round < 2; round++) {
      for (Consumer<ReusableTensor> question : QUESTIONS) {
        assertThatIllegalStateException()
            .isThrownBy(() -> question.accept(tensor))
            .withMessage("reusable tensor: expected one to be held but found none");
      }
      tensor.adopt(versioned().address());
      tensor.close();
    }
  }

  @Test
  void isForTheThreadThatMadeIt() throws InterruptedException {
    ForeignTensor foreign = versioned();
    ForeignTensor other = versioned();
    tensor.adopt(foreign.address());

    Concurrently.run(
        1,
        _ -> {
          for (Consumer<ReusableTensor> question : QUESTIONS) {
            assertThatExceptionOfType(WrongThreadException.class)
                .isThrownBy(() -> question.accept(tensor));
          }
          assertThatExceptionOfType(WrongThreadException.class).isThrownBy(tensor::close);
          assertThatExceptionOfType(WrongThreadException.class)
              .isThrownBy(() -> tensor.adoptOrDiscard(other.address()));
        });

    assertThat(foreign.deletions() + other.deletions()).isZero();
    assertThat(tensor.isHeld()).isTrue();
    tensor.close();
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void readsItsSnapshotAndNotTheStruct() {
    ForeignTensor foreign = counting().shape(4);
    tensor.adopt(foreign.address());

    foreign.shape(1_000_000).data(1).deleter(1);

    assertThat(tensor.getLong(3)).isEqualTo(3);
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> tensor.getLong(4));
    tensor.close();
    assertThat(foreign.deletions()).isEqualTo(1);
  }
}
