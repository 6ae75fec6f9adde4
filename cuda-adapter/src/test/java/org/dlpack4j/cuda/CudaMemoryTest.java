package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.cuda.internal.DriverFunction;
import org.dlpack4j.cuda.internal.DriverLibrary;
import org.dlpack4j.device.DeviceMemory;
import org.dlpack4j.device.DeviceRuntimes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Gpu.class)
class CudaMemoryTest {

  private static final DriverFunction GET_CURRENT =
      DriverLibrary.function("cuCtxGetCurrent", ValueLayout.JAVA_LONG);

  @Test
  void theDriverKnowsWhatItHasAllocated() {
    try (CudaMemory memory = CudaMemory.allocate(0, 1000)) {
      DeviceMemory known = locate(memory, 999);
      assertThat(known.device()).isEqualTo(memory.device()).isEqualTo(Device.cuda(0));
      assertThat(known.base()).isEqualTo(memory.address());
      assertThat(known.byteSize()).isGreaterThanOrEqualTo(1000);
    }
  }

  @Test
  void eachDeviceHasMemoryOfItsOwn() {
    Gpu.requireTwoDevices();
    try (CudaMemory memory = CudaMemory.allocate(1, 1)) {
      assertThat(locate(memory, 0).device()).isEqualTo(Device.cuda(1));
    }
  }

  @Test
  void managedMemoryIsSeenByTheHost() {
    try (CudaMemory memory = CudaMemory.allocateManaged(0, 8)) {
      memory.segment().set(ValueLayout.JAVA_LONG, 0, 42);
      assertThat(memory.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
      assertThat(locate(memory, 0).device())
          .isEqualTo(memory.device())
          .isEqualTo(new Device(Device.Type.CUDA_MANAGED, 0));
    }
  }

  @Test
  void pinnedMemoryIsSeenByTheHost() {
    try (CudaMemory memory = CudaMemory.allocatePinned(8)) {
      memory.segment().set(ValueLayout.JAVA_LONG, 0, 42);
      assertThat(memory.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
      assertThat(locate(memory, 0).device())
          .isEqualTo(memory.device())
          .isEqualTo(new Device(Device.Type.CUDA_HOST, 0));
    }
  }

  private static DeviceMemory locate(CudaMemory memory, long offset) {
    return DeviceRuntimes.of(memory.device()).locate(memory.address() + offset).orElseThrow();
  }

  @Test
  void theHostDoesNotSeeMemoryOfADevice() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      assertThatThrownBy(memory::segment)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("CudaCopies");
    }
  }

  @Test
  void aViewMustFit() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      assertThat(memory.view(DataType.FLOAT32, 2).dataAddress()).isEqualTo(memory.address());
      assertThatThrownBy(() -> memory.view(DataType.FLOAT32, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected elements within the 8 bytes");
    }
  }

  @Test
  void memoryIsClosedOnce() {
    CudaMemory memory = CudaMemory.allocate(0, 8);
    memory.close();
    assertThatThrownBy(memory::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("found 8 bytes of cuda:0 at 0x")
        .hasMessageContaining("closed or exported");
  }

  @Test
  void thereIsNoMemoryOfNoBytes() {
    assertThatThrownBy(() -> CudaMemory.allocate(0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void moreThanThereIsIsRefusedByTheDriver() {
    assertThatThrownBy(() -> CudaMemory.allocate(0, 1L << 50))
        .isInstanceOfSatisfying(
            CudaException.class,
            e -> {
              assertThat(e.code()).isEqualTo(2);
              assertThat(e.function()).isEqualTo("cuMemAlloc_v2");
              assertThat(e.isSticky()).isFalse();
              assertThat(e).hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
            });
  }

  @Test
  void whatIsCurrentStaysSo() {
    Gpu.requireTwoDevices();
    try (var _ = Context.of(0).enter()) {
      long before = current();
      CudaMemory.allocate(1, 8).close();
      assertThat(current()).isEqualTo(before).isNotZero();
    }
    assertThat(current()).isZero();
  }

  private static long current() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
      CudaException.call(GET_CURRENT, out.address());
      return out.get(ValueLayout.JAVA_LONG, 0);
    }
  }
}
