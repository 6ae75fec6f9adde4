package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.dlpack4j.importing.ForeignTensor.legacy;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.exporting.WithExports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a tensor says while it is held. */
@WithExports
class ImportedTensorTest {

  /** With every lifetime. */
  private static void adopt(
      ImportPolicy policy, ForeignTensor foreign, Consumer<ImportedTensor> assertions) {
    TensorImporter importer = foreign.importer().with(policy);
    try (ImportedTensor tensor = importer.adopt(foreign.pointer())) {
      assertions.accept(tensor);
    }
    try (ImportedTensor tensor = importer.shared().adopt(foreign.pointer())) {
      assertions.accept(tensor);
    }
    try (ImportedTensor tensor = importer.adopt(foreign.address())) {
      assertions.accept(tensor);
    }
    try (Arena arena = Arena.ofConfined()) {
      assertions.accept(importer.adopt(foreign.pointer(), arena));
    }
    assertThat(foreign.deletions()).isEqualTo(4);
  }

  private static void adopt(ForeignTensor foreign, Consumer<ImportedTensor> assertions) {
    adopt(ImportPolicy.DEFAULT, foreign, assertions);
  }

  @Test
  void isTheMemoryItselfAndNoCopy() {
    ForeignTensor foreign = versioned().byteOffset(8);
    adopt(
        foreign,
        tensor -> {
          MemorySegment segment = tensor.segment();
          foreign.data().set(JAVA_FLOAT, 8, 1.5f);
          assertThat(segment.address()).isEqualTo(foreign.data().address() + 8);
          assertThat(segment.get(JAVA_FLOAT, 0)).isEqualTo(1.5f);
          segment.set(JAVA_FLOAT, 20, 2.5f);
          assertThat(foreign.data().get(JAVA_FLOAT, 28)).isEqualTo(2.5f);
          tensor.elements().setDouble(3.5, 1, 0);
          assertThat(foreign.data().get(JAVA_FLOAT, 20)).isEqualTo(3.5f);
          assertThat(tensor.segment()).as("the same every time").isSameAs(segment);
        });
  }

  @Test
  void describesItself() {
    ForeignTensor foreign = versioned().flags(2).byteOffset(8).device(new Device(3, 0));
    adopt(
        foreign,
        tensor -> {
          TensorView view = tensor.view();
          assertThat(view)
              .isEqualTo(
                  new TensorView(
                      foreign.data().address() + 8,
                      DataType.FLOAT32,
                      new Device(Device.Type.CUDA_HOST, 0),
                      TensorLayout.contiguous(2, 3),
                      false,
                      false));
          assertThat(tensor.view()).as("the same every time").isSameAs(view);
          assertThat(tensor.flags()).isEqualTo(2);
          assertThat(tensor.isReadOnly()).isFalse();
          assertThat(tensor).hasToString("imported tensor float32[2, 3] on cuda_host:0, held");
        });
  }

  @Test
  void keepsFlagsThatNobodyKnows() {
    adopt(
        ImportPolicy.DEFAULT.onlyFlags(-1),
        versioned().flags(0xF000_0000_0000_0002L),
        tensor -> assertThat(tensor.flags()).isEqualTo(0xF000_0000_0000_0002L));
    adopt(legacy(), tensor -> assertThat(tensor.flags()).isZero());
  }

  @Test
  void saysThatPaddedElementsArePadded() {
    adopt(
        versioned().dataType(DataType.INT4).flags(4),
        tensor -> {
          assertThat(tensor.view().padded()).isTrue();
          assertThat(tensor.elements().isPadded()).isTrue();
          assertThat(tensor.segment().byteSize()).isEqualTo(6);
        });
    adopt(
        versioned().dataType(DataType.INT4),
        tensor -> {
          assertThat(tensor.view().padded()).isFalse();
          assertThat(tensor.segment().byteSize()).isEqualTo(3);
        });
  }

  @Test
  void cannotBeWrittenWhereItMustNotBe() {
    for (ForeignTensor foreign :
        new ForeignTensor[] {versioned().flags(1), legacy(), versioned().strides(0, 1)}) {
      adopt(
          foreign,
          tensor -> {
            assertThat(tensor.isReadOnly()).isTrue();
            assertThat(tensor.view().readOnly()).isTrue();
            assertThat(tensor.segment().isReadOnly()).isTrue();
            assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor.segment().set(JAVA_BYTE, 0, (byte) 1));
            assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor.elements().setDouble(1, 0, 0));
          });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3 4, 4 1, 0, 48",
    "3 4, -4 1, 32, 48",
    "3 4, -4 -1, 44, 48",
    "3 4, 5 1, 0, 56",
    "3 4, 0 1, 0, 16",
    "1 4, 99 -2, 24, 28",
    "0 4, 99 -2, 0, 0",
    "'', '', 0, 4",
  })
  void spansItsElements(String shape, String strides, long first, long bytes) {
    ForeignTensor foreign = versioned().byteOffset(96).shape(longs(shape)).strides(longs(strides));
    adopt(
        foreign,
        tensor -> {
          assertThat(tensor.firstElementOffset()).isEqualTo(first);
          assertThat(tensor.segment().byteSize()).isEqualTo(bytes);
          if (bytes != 0) {
            assertThat(tensor.segment().address() + first).isEqualTo(foreign.data().address() + 96);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "5, 1, 0, 0, 3",
    "5, 1, 4, 0, 5",
    "4, -1, 0, 2, 3",
    "4, -1, 4, 3, 4",
    "3, -2, 0, 2, 3",
    "2, -2, 0, 1, 2",
  })
  void spansElementsSmallerThanAByte(long size, long stride, long flags, long first, long bytes) {
    ForeignTensor foreign =
        versioned().dataType(DataType.INT4).flags(flags).byteOffset(16).shape(size).strides(stride);
    adopt(
        foreign,
        tensor -> {
          assertThat(tensor.firstElementOffset()).isEqualTo(first);
          assertThat(tensor.segment().byteSize()).isEqualTo(bytes);
        });
  }

  private static long[] longs(String text) {
    return text.isEmpty()
        ? new long[0]
        : Arrays.stream(text.split(" ", -1)).mapToLong(Long::parseLong).toArray();
  }

  @Test
  void hasAnEmptySegmentWithoutElements() {
    for (long data : new long[] {0, 0x1000, -1}) {
      adopt(
          versioned().shape(3, 0).data(data),
          tensor -> {
            assertThat(tensor.segment().byteSize()).isZero();
            assertThat(tensor.view().dataAddress()).isZero();
            assertThat(tensor.elements().layout().isEmpty()).isTrue();
            assertThat(tensor.elements().toFloatArray()).isEmpty();
          });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2 3, 3 1",
    "2 3, 1 2",
    "2 3, -3 -1",
    "2 3, 10 -4",
    "2 3, 0 2",
    "2 3, 2 1",
    "4 1 2, 3 77 -9",
    "'', ''",
  })
  void readsTheElementsOfEveryLayout(String shape, String strides) {
    ForeignTensor foreign = versioned().dataType(DataType.UINT8).byteOffset(64).shape(longs(shape));
    foreign.strides(longs(strides));
    number(foreign);
    adopt(
        foreign,
        tensor -> {
          TensorLayout layout = TensorLayout.strided(longs(shape), longs(strides));
          assertThat(tensor.elements().toLongArray())
              .containsExactly(rowMajor(layout).map(element -> element + 64).toArray());
        });
  }

  /** The element at each index, in row-major order. */
  private static LongStream rowMajor(TensorLayout layout) {
    LongStream elements = LongStream.of(0);
    for (int axis = 0; axis < layout.ndim(); axis++) {
      long size = layout.shape(axis);
      long stride = layout.stride(axis);
      elements =
          elements.flatMap(
              element -> LongStream.range(0, size).map(index -> element + index * stride));
    }
    return elements;
  }

  private static void number(ForeignTensor foreign) {
    for (int i = 0; i < ForeignTensor.DATA_BYTES; i++) {
      foreign.data().set(JAVA_BYTE, i, (byte) i);
    }
  }

  @Test
  void readsPackedElementsBackwards() {
    ForeignTensor foreign = versioned().dataType(DataType.UINT4).byteOffset(2).shape(5);
    foreign.strides(-1);
    number(foreign);
    byte[] packed = {(byte) 0xBA, (byte) 0xDC, (byte) 0xFE};
    foreign.data().copyFrom(MemorySegment.ofArray(packed));
    adopt(
        foreign,
        tensor ->
            assertThat(tensor.elements().toLongArray()).containsExactly(0xE, 0xD, 0xC, 0xB, 0xA));
  }

  @Test
  void readsLanesAsOneMoreDimension() {
    ForeignTensor foreign = versioned().dataType(1, 8, 4).shape(2).strides(2);
    number(foreign);
    adopt(
        ImportPolicy.DEFAULT.allowLanes(),
        foreign,
        tensor -> {
          assertThat(tensor.segment().byteSize()).isEqualTo(12);
          assertThat(tensor.elements().toLongArray()).containsExactly(0, 1, 2, 3, 8, 9, 10, 11);
        });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 5})
  void readsUnalignedElementsByPermission(long offset) {
    ForeignTensor foreign = versioned().byteOffset(offset);
    foreign.data().asSlice(offset).set(JAVA_FLOAT.withByteAlignment(1), 16, 6.25f);
    adopt(
        ImportPolicy.DEFAULT.allowUnaligned(),
        foreign,
        tensor -> {
          TensorElements elements = tensor.elements();
          assertThat(elements.getDouble(1, 1)).isEqualTo(6.25);
          assertThat(tensor.segment().get(JAVA_FLOAT.withByteAlignment(1), 16)).isEqualTo(6.25f);
          assertThat(tensor.view().isAligned()).isFalse();
          assertThatIllegalArgumentException()
              .isThrownBy(
                  () -> TensorExporter.export(tensor.view(), CountingOwner.nonBlocking()).close())
              .withMessageStartingWith("data: expected an address aligned to 4 bytes for float32");
        });
  }

  @Test
  void looksAtNothingThatTheCpuCannotRead() {
    // Neither address leads anywhere.
    ForeignTensor foreign = versioned().device(Device.cuda(1)).data(0x7000_0000L).byteOffset(8);
    adopt(
        ImportPolicy.DEFAULT.onlyDevices(Device.cuda(1)),
        foreign,
        tensor -> {
          for (Consumer<ImportedTensor> read :
              List.<Consumer<ImportedTensor>>of(
                  ImportedTensor::segment, ImportedTensor::elements)) {
            assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> read.accept(tensor))
                .withMessage(
                    "device: expected memory that the CPU may read but found cuda:1; have its own"
                        + " library copy it to the host");
          }
          assertThat(tensor.view().dataAddress()).isEqualTo(0x7000_0008L);
          assertThat(tensor.view().device()).isEqualTo(Device.cuda(1));
        });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, -1, Long.MIN_VALUE, 0x7fff_ffff_ffffL})
  void describesHandlesWhateverTheyAre(long handle) {
    Device opencl = new Device(Device.Type.OPENCL, 0);
    adopt(
        ImportPolicy.DEFAULT.anyDevice(),
        versioned().device(opencl).data(handle).shape(100).strides(-1),
        tensor -> {
          assertThat(tensor.view().dataAddress()).isEqualTo(handle);
          assertThat(tensor.view().device()).isEqualTo(opencl);
        });
  }

  @Test
  void canBeGivenAwayUnread() {
    ForeignTensor foreign = versioned().device(Device.cuda(1)).data(0x7000_0000L);
    TensorImporter importer = foreign.importer().with(ImportPolicy.DEFAULT.anyDevice());

    for (TensorImporter each : new TensorImporter[] {importer, importer.shared()}) {
      try (ImportedTensor tensor = each.adopt(foreign.pointer())) {
        assertThat(tensor.transferOut()).isEqualTo(foreign.pointer());
      }
    }
    assertThat(foreign.deletions()).isZero();
  }

  @Test
  void readsMemoryThatCpuAndGpuShare() {
    for (int type :
        new int[] {Device.Type.CUDA_HOST, Device.Type.ROCM_HOST, Device.Type.CUDA_MANAGED}) {
      adopt(
          versioned().device(new Device(type, 2)),
          tensor -> assertThat(tensor.elements().getDouble(1, 2)).isZero());
    }
  }

  @Test
  void doesNotFollowAStructThatChanges() {
    ForeignTensor foreign = versioned();
    adopt(
        foreign.shape(2, 3).ndim(2).data(foreign.data().address()),
        tensor -> {
          foreign.shape(1000, 1000).data(1);
          assertThat(tensor.view().layout()).isEqualTo(TensorLayout.contiguous(2, 3));
          assertThat(tensor.segment().byteSize()).isEqualTo(24);
          assertThat(tensor.elements().getDouble(1, 2)).isZero();
          foreign.shape(2, 3).data(foreign.data().address());
        });
  }
}
