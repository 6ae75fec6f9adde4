package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.device.DeviceStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Gpu.class)
class CudaCopiesTest {

  private static final int COUNT = 1000;

  @Test
  void bytesGoToTheDeviceFromThereToAnotherPlaceAndBack() {
    CudaCopies.Statistics before = CudaCopies.statistics();
    try (CudaStream stream = CudaStream.create(0);
        CudaMemory there = CudaMemory.allocate(0, COUNT * Integer.BYTES);
        CudaMemory elsewhere = CudaMemory.allocate(0, COUNT * Integer.BYTES);
        CudaMemory from = CudaMemory.allocatePinned(COUNT * Integer.BYTES);
        CudaMemory back = CudaMemory.allocatePinned(COUNT * Integer.BYTES)) {
      for (int i = 0; i < COUNT; i++) {
        from.segment().setAtIndex(ValueLayout.JAVA_INT, i, i * i);
      }
      copy(from, there, stream);
      copy(there, elsewhere, stream);
      copy(elsewhere, back, stream);
      stream.synchronize();
      assertThat(back.segment().mismatch(from.segment())).isEqualTo(-1);
    }
    CudaCopies.Statistics after = CudaCopies.statistics();
    assertThat(after.copies() - before.copies()).isEqualTo(3);
    assertThat(after.bytes() - before.bytes()).isEqualTo(3 * COUNT * Integer.BYTES);
  }

  private static void copy(CudaMemory from, CudaMemory to, CudaStream stream) {
    CudaCopies.copy(
        from.view(DataType.INT32, COUNT), to.view(DataType.INT32, COUNT), 0, stream.stream());
  }

  @Test
  void devicesCopyToEachOther() {
    Gpu.requireTwoDevices();
    try (CudaMemory first = CudaMemory.allocate(0, 4);
        CudaMemory second = CudaMemory.allocate(1, 4);
        CudaMemory host = CudaMemory.allocatePinned(4)) {
      Gpu.set(first, 9, DeviceStream.LEGACY_DEFAULT);
      CudaCopies.copy(view(first), view(second), 0, DeviceStream.LEGACY_DEFAULT);
      CudaCopies.copy(view(second), view(host), 0, DeviceStream.LEGACY_DEFAULT);
      CudaRuntime.synchronize(0, DeviceStream.LEGACY_DEFAULT);
      assertThat(host.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 9);
    }
  }

  private static TensorView view(CudaMemory memory) {
    return memory.view(DataType.UINT8, memory.byteSize());
  }

  @Test
  void mainMemoryThatIsNotPinnedIsCopiedToo() {
    try (Arena arena = Arena.ofConfined();
        CudaMemory memory = CudaMemory.allocate(0, 8)) {
      MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_LONG, 42);
      MemorySegment back = arena.allocate(ValueLayout.JAVA_LONG);
      CudaCopies.copy(from, memory, DeviceStream.LEGACY_DEFAULT);
      CudaCopies.copy(
          memory.view(DataType.INT64, 1),
          TensorView.of(back, DataType.INT64, 1),
          0,
          DeviceStream.LEGACY_DEFAULT);
      CudaRuntime.synchronize(0, DeviceStream.LEGACY_DEFAULT);
      assertThat(back.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (CudaMemory small = CudaMemory.allocate(0, 8);
        CudaMemory large = CudaMemory.allocate(0, 16)) {
      assertRefused(view(large), view(small));
      assertRefused(view(small), small.view(DataType.INT64, 1));
      assertRefused(view(small), view(small).asReadOnly());
      assertThatThrownBy(
              () ->
                  CudaCopies.copy(
                      MemorySegment.ofArray(new byte[8]), small, DeviceStream.LEGACY_DEFAULT))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void assertRefused(TensorView from, TensorView to) {
    assertThatThrownBy(() -> CudaCopies.copy(from, to, 0, DeviceStream.LEGACY_DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("of the same type and shape");
  }
}
