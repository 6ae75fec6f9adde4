package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies in new memory, of any layout that the driver copies; core's copies are the oracle. */
@ExtendWith(Gpu.class)
class CudaCopyTest {

  private static final DeviceStream DEFAULT = DeviceStream.LEGACY_DEFAULT;
  private static final long BASE_BYTES = 4096;

  @Test
  void anExportSaysThatItIsACopyAndOwnsTheMemory() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      Gpu.set(memory, 3, DEFAULT);
      CudaCopy copy =
          CudaCopies.queueContiguous(memory.view(DataType.UINT8, 2, 4), Device.cuda(0), 0, DEFAULT);
      long address = copy.view().dataAddress();
      MemorySegment managed = copy.export().transferOut();
      copy.close();
      try (ImportedTensor tensor =
          TensorImporter.versioned()
              .shared()
              .with(ImportPolicy.DEFAULT.anyDevice())
              .adopt(managed)) {
        assertThat(tensor.flags()).isEqualTo(TensorFlags.IS_COPIED);
        assertThat(tensor.view().dataAddress()).isEqualTo(address);
        assertThat(bytes(tensor.view())).containsExactly(3, 3, 3, 3, 3, 3, 3, 3);
      }
      assertThatThrownBy(copy::view)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("exported; the exported tensor owns it");
      assertThatThrownBy(copy::export).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aLegacyExportIsOneOfTheCopy() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8);
        CudaCopy copy =
            CudaCopies.contiguous(memory.view(DataType.INT64, 1), Device.cuda(0), 0, DEFAULT)) {
      CudaImporter.legacy().adopt(copy.exportLegacy().transferOut()).close();
    }
  }

  @Test
  void aCopyThatIsClosedIsClosed() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      CudaCopy copy =
          CudaCopies.contiguous(memory.view(DataType.INT64, 1), Device.cuda(0), 0, DEFAULT);
      assertThat(copy).hasToString("copy, held, of " + copy.view());
      copy.close();
      copy.close();
      assertThat(copy).hasToString("copy, closed");
      assertThatThrownBy(copy::export).hasMessageContaining("found it closed");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Device.Type.CUDA, Device.Type.CUDA_HOST, Device.Type.CUDA_MANAGED})
  void mainMemoryIsCopiedToEveryKindOfMemory(int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocateFrom(JAVA_BYTE, (byte) 1, (byte) 2);
      Device device = Device.of(type, 0);
      try (CudaCopy copy =
          CudaCopies.contiguous(TensorView.of(from, DataType.UINT8, 2), device, 0, DEFAULT)) {
        assertThat(copy.view().device()).isEqualTo(device);
        assertThat(bytes(copy.view())).containsExactly(1, 2);
      }
    }
  }

  @Test
  void anotherDeviceGetsItsOwn() {
    Gpu.requireTwoDevices();
    try (CudaMemory memory = CudaMemory.allocate(0, 3)) {
      Gpu.set(memory, 5, DEFAULT);
      try (CudaCopy copy =
          CudaCopies.contiguous(
              memory.view(DataType.UINT8, 3), Device.cuda(1), 0, DEFAULT, (done, all) -> {})) {
        assertThat(copy.view().device()).isEqualTo(Device.cuda(1));
        assertThat(bytes(copy.view())).containsExactly(5, 5, 5);
      }
    }
  }

  @Test
  void newMemoryThatIsNotCudasIsAnotherMethods() {
    try (CudaMemory memory = CudaMemory.allocate(0, 3)) {
      assertThatThrownBy(
              () -> CudaCopies.contiguous(memory.view(DataType.UINT8, 3), Device.CPU, 0, DEFAULT))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("toMainMemory");
    }
  }

  private static byte[] bytes(TensorView view) {
    try (TensorCopy copy =
        CudaCopies.toMainMemory(
            new TensorView(
                view.address(), view.dataType(), view.device(), view.layout(), true, false),
            0,
            DEFAULT)) {
      return copy.elements().segment().toArray(JAVA_BYTE);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void layoutsWithGapsAreCopiedAsInMainMemory(long seed) {
    Random random = new Random(seed);
    try (Arena arena = Arena.ofConfined();
        CudaMemory memory = CudaMemory.allocate(0, BASE_BYTES)) {
      byte[] base = new byte[(int) BASE_BYTES];
      random.nextBytes(base);
      MemorySegment host = arena.allocateFrom(JAVA_BYTE, base);
      DataType dataType = random.nextBoolean() ? DataType.UINT8 : DataType.INT32;
      for (int i = 0; i < 60; i++) {
        CudaCopies.copy(
            TensorView.of(host, DataType.UINT8, BASE_BYTES),
            memory.view(DataType.UINT8, BASE_BYTES),
            0,
            DEFAULT);
        TensorLayout layout = layout(random);
        TensorView there = memory.view(dataType).withLayout(layout);
        TensorElements here = TensorElements.of(host, dataType, layout);
        try (TensorCopy expected = Copies.contiguous(here)) {
          byte[] oracle = expected.elements().segment().toArray(JAVA_BYTE);
          assertThat(bytes(there)).as(layout.toString()).isEqualTo(oracle);
          try (CudaCopy copy = CudaCopies.queueContiguous(there, Device.cuda(0), 0, DEFAULT)) {
            assertThat(bytes(copy.view())).as(layout.toString()).isEqualTo(oracle);
          }
          writeBack(random, memory, host, there, here);
        }
      }
    }
  }

  /** Copies new elements into the gaps on both sides, and compares all that is there. */
  private static void writeBack(
      Random random, CudaMemory memory, MemorySegment host, TensorView there, TensorElements here) {
    if (there.layout().mayOverlap() || there.layout().isEmpty()) {
      return;
    }
    try (TensorCopy source = TensorCopy.allocate(here.dataType(), here.layout().shape())) {
      byte[] bytes = new byte[(int) source.elements().segment().byteSize()];
      random.nextBytes(bytes);
      source.elements().segment().copyFrom(MemorySegment.ofArray(bytes));
      CudaCopies.copy(source.view(), there, 0, DEFAULT);
      Copies.copy(source.elements(), here);
    }
    assertThat(bytes(memory.view(DataType.UINT8, BASE_BYTES)))
        .as(there.layout().toString())
        .isEqualTo(host.toArray(JAVA_BYTE));
  }

  /** Slices, steps, transposes and repetitions of a tensor of three dimensions. */
  private static TensorLayout layout(Random random) {
    TensorLayout layout =
        TensorLayout.contiguous(
            1 + random.nextInt(8), 1 + random.nextInt(8), 1 + random.nextInt(8));
    for (int i = random.nextInt(4); i > 0; i--) {
      int axis = random.nextInt(layout.ndim());
      long size = layout.shape(axis);
      layout =
          switch (random.nextInt(4)) {
            case 0 -> layout.slice(axis, random.nextInt((int) size), size, 1);
            case 1 -> layout.slice(axis, 0, size, 1 + random.nextInt(3));
            case 2 -> layout.slice(axis, size - 1, -1, -1);
            default -> layout.transpose();
          };
    }
    return random.nextInt(8) == 0 ? repeated(layout) : layout;
  }

  private static TensorLayout repeated(TensorLayout layout) {
    long[] shape = layout.shape();
    return layout.broadcast(2, shape[0], shape[1], shape[2]);
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 7 << 20})
  void rowsWithGapsGoByWayOfPinnedBuffersToo(long width) {
    long pitch = width + 5;
    long rows = (10L << 20) / pitch;
    try (Arena arena = Arena.ofConfined();
        CudaMemory memory = CudaMemory.allocate(0, rows * pitch)) {
      MemorySegment host = arena.allocate(rows * pitch);
      for (long i = 0; i < host.byteSize(); i += 101) {
        host.set(JAVA_BYTE, i, (byte) i);
      }
      TensorLayout layout = TensorLayout.contiguous(rows, pitch).slice(1, 2, 2 + width, 1);
      TensorView whole = memory.view(DataType.UINT8, rows, pitch);
      TensorView here = TensorView.of(host, DataType.UINT8, layout);
      CudaCopies.copy(here, whole.withLayout(layout), 0, DEFAULT);
      try (TensorCopy expected =
              Copies.contiguous(TensorElements.of(host, DataType.UINT8, layout));
          TensorCopy back = CudaCopies.toMainMemory(whole.withLayout(layout), 0, DEFAULT)) {
        assertThat(back.elements().segment().mismatch(expected.elements().segment())).isEqualTo(-1);
      }
    }
  }

  @Test
  void whatTheDriverDoesNotCopyIsRefusedWithWhatToDo() {
    try (CudaMemory memory = CudaMemory.allocate(0, 1 << 20)) {
      TensorView transposed =
          memory.view(DataType.UINT8).withLayout(TensorLayout.contiguous(1024, 1024).transpose());
      assertThat(bytes(transposed)).hasSize(1 << 20);
      TensorView cube =
          memory
              .view(DataType.UINT8)
              .withLayout(TensorLayout.contiguous(64, 64, 64).slice(1, 63, -1, -1).transpose());
      assertThatThrownBy(() -> CudaCopies.toMainMemory(cube, 0, DEFAULT))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("more than 1024 rows or planes")
          .hasMessageContaining("make it contiguous");
      TensorView bits =
          memory.view(DataType.INT4).withLayout(TensorLayout.contiguous(8).slice(0, 0, 8, 2));
      assertThatThrownBy(() -> CudaCopies.contiguous(bits, Device.cuda(0), 0, DEFAULT))
          .hasMessageContaining("elements of 4 bits");
    }
  }
}
