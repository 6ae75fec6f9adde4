package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.exporting.GlobalExports.ndim;
import static org.dlpack4j.exporting.GlobalExports.view;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a consumer finds in the struct. Flags have a test of their own. */
@WithExports
class ExportedFieldsTest {

  @ParameterizedTest
  @EnumSource
  void describesTheView(Flavour flavour) {
    TensorLayout columnMajor = TensorLayout.contiguous(3, 2).transpose();
    inspect(
        flavour,
        new TensorView(0x1000, DataType.FLOAT64, Device.cuda(3), columnMajor, false, false),
        tensor -> {
          assertThat(tensor.data()).isEqualTo(0x1000);
          assertThat(tensor.device()).isEqualTo(Device.cuda(3));
          assertThat(tensor.ndim()).isEqualTo(2);
          assertThat(tensor.dataType()).isEqualTo(DataType.FLOAT64);
          assertThat(tensor.shape()).containsExactly(2, 3);
          assertThat(tensor.strides()).containsExactly(1, 2);
          assertThat(tensor.byteOffset()).isZero();
          assertThat(tensor.managerContext()).isEqualTo(MemorySegment.NULL);
        });
  }

  @Test
  void saysVersion13() {
    inspect(
        Flavour.VERSIONED,
        GlobalExports.VIEW,
        tensor -> assertThat(tensor.version()).isEqualTo(new DlpackVersion(1, 3)));
  }

  @ParameterizedTest
  @EnumSource
  void pointsAtTheFirstElementWhereverTheLayoutStarts(Flavour flavour) {
    TensorLayout backwards = TensorLayout.contiguous(10).slice(0, 9, -1, -2);
    inspect(
        flavour,
        view(backwards),
        tensor -> {
          assertThat(tensor.data()).isEqualTo(0x1000 + 9 * 4);
          assertThat(tensor.byteOffset()).isZero();
          assertThat(tensor.shape()).containsExactly(5);
          assertThat(tensor.strides()).containsExactly(-2);
        });
  }

  @ParameterizedTest
  @EnumSource
  void letsTheConsumerReadTheSameBytes(Flavour flavour) throws InterruptedException {
    MemorySegment numbers = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_INT, 1, 2, 3, 4, 5, 6);
    CountingOwner owner = CountingOwner.nonBlocking();
    TensorView view = TensorView.of(numbers, DataType.INT32, 2, 3);
    Consumer consumer =
        Consumer.of(
            flavour,
            GlobalExports.export(flavour, view.withLayout(view.layout().select(1, 1)), owner));

    assertThat(numbers.get(ValueLayout.JAVA_INT, consumer.data() - numbers.address())).isEqualTo(2);
    assertThat(consumer.strides()).containsExactly(3);
    consumer.delete();
    GlobalExports.awaitReleased(owner);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, 1",
    "2, 64, 4",
    "18, 16, 1",
    "255, 255, 65535",
    "128, 128, 32768",
    "0, 0, 0",
  })
  void keepsTypesThatItDoesNotKnow(int code, int bits, int lanes) {
    DataType type = new DataType(code, bits, lanes);
    for (Flavour flavour : Flavour.values()) {
      inspect(
          flavour,
          new TensorView(0x1000, type, Device.CPU, TensorLayout.contiguous(2), false, false),
          tensor -> assertThat(tensor.dataType()).isEqualTo(type));
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "18, 2", "99, -1", "-2147483648, 2147483647", "0, -2147483648"})
  void keepsDevicesThatItDoesNotKnow(int type, int id) {
    Device device = new Device(type, id);
    for (Flavour flavour : Flavour.values()) {
      inspect(
          flavour,
          new TensorView(0x1000, DataType.INT8, device, TensorLayout.contiguous(2), false, false),
          tensor -> assertThat(tensor.device()).isEqualTo(device));
    }
  }

  @ParameterizedTest
  @EnumSource
  void hasNoDataWhenEmpty(Flavour flavour) {
    inspect(
        flavour,
        view(TensorLayout.contiguous(3, 0, 2)),
        tensor -> {
          assertThat(tensor.data()).isZero();
          assertThat(tensor.ndim()).isEqualTo(3);
          assertThat(tensor.shape()).containsExactly(3, 0, 2);
          assertThat(tensor.stridesPointer()).isNotEqualTo(MemorySegment.NULL);
        });
  }

  @ParameterizedTest
  @EnumSource
  void hasNoShapeWithoutDimensions(Flavour flavour) {
    inspect(
        flavour,
        view(TensorLayout.contiguous()),
        tensor -> {
          assertThat(tensor.data()).isEqualTo(0x1000);
          assertThat(tensor.ndim()).isZero();
          assertThat(tensor.shapePointer()).isEqualTo(MemorySegment.NULL);
          assertThat(tensor.stridesPointer()).isEqualTo(MemorySegment.NULL);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "1, LEGACY", "8, LEGACY", "9, LEGACY", "64, LEGACY", "1000, LEGACY",
    "1, VERSIONED", "8, VERSIONED", "9, VERSIONED", "64, VERSIONED", "1000, VERSIONED",
  })
  void writesShapeAndStridesOfAnyNumberOfDimensions(int ndim, Flavour flavour) {
    long[] shape = LongStream.range(0, ndim).map(axis -> axis % 16 == 0 ? 2 : 1).toArray();
    if (ndim > 500) {
      Arrays.fill(shape, 1); // 2^63 elements would be too many
    }
    TensorLayout layout = TensorLayout.contiguous(shape);
    inspect(
        flavour,
        view(layout),
        tensor -> {
          assertThat(tensor.ndim()).isEqualTo(ndim);
          assertThat(tensor.shape()).containsExactly(layout.shape());
          assertThat(tensor.strides()).containsExactly(layout.strides());
        });
  }

  @ParameterizedTest
  @EnumSource
  void keepsShapeAndStridesInItsOwnBlockUpToEightDimensions(Flavour flavour) {
    for (int ndim : new int[] {1, 8, 9}) {
      inspect(
          flavour,
          ndim(ndim),
          tensor -> {
            long block = tensor.pointer() & -Block.BYTES;
            long shapeAt = tensor.shapePointer().address() - block;
            assertThat(tensor.pointer()).isEqualTo(block);
            if (ndim <= 8) {
              assertThat(shapeAt).isBetween(flavour.layout().byteSize(), Block.RELEASE);
            } else {
              assertThat(shapeAt).matches(at -> at < 0 || at >= Block.BYTES);
            }
            assertThat(tensor.stridesPointer().address())
                .isEqualTo(tensor.shapePointer().address() + 8L * ndim);
          });
    }
  }

  private static void inspect(
      Flavour flavour, TensorView view, java.util.function.Consumer<Consumer> assertions) {
    Consumer consumer =
        Consumer.of(flavour, GlobalExports.export(flavour, view, CountingOwner.nonBlocking()));
    try {
      assertions.accept(consumer);
    } finally {
      consumer.delete();
    }
  }
}
