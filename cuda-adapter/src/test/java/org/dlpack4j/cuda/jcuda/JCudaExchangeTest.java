package org.dlpack4j.cuda.jcuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.runtime.cudaEvent_t;
import jcuda.runtime.cudaStream_t;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.cuda.CudaExporter;
import org.dlpack4j.cuda.CudaImporter;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.CudaStream;
import org.dlpack4j.cuda.CudaTensor;
import org.dlpack4j.cuda.Gpu;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.device.Handshake;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/** A program of JCuda's gives tensors away and takes them, in one line each way. */
@ExtendWith(Gpu.class)
@EnabledIfSystemProperty(
    named = "os.arch",
    matches = "amd64",
    disabledReason = "JCuda has native libraries for x86-64 only")
class JCudaExchangeTest {

  private final CUdevice device = new CUdevice();

  @BeforeEach
  void enter() {
    JCudaDriver.setExceptionsEnabled(true);
    JCudaDriver.cuInit(0);
    CUcontext context = new CUcontext();
    JCudaDriver.cuDevicePrimaryCtxRetain(context, device);
    JCudaDriver.cuCtxPushCurrent(context);
  }

  @AfterEach
  void leave() {
    JCudaDriver.cuCtxPopCurrent(new CUcontext());
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
  }

  @Test
  void whatJCudaHasAllocatedGoesOutAndIsFreedAfterItsConsumer() {
    CUdeviceptr pointer = new CUdeviceptr();
    JCudaDriver.cuMemAlloc(pointer, 40);
    MemorySegment managed =
        CudaExporter.versioned()
            .export(JCuda.view(pointer, DataType.FLOAT32, 10), JCuda.freeing(pointer))
            .transferOut();
    try (CudaTensor tensor = CudaImporter.versioned().adopt(managed)) {
      assertThat(tensor.view().device()).isEqualTo(Device.cuda(0));
      assertThat(JCuda.pointer(tensor.view())).isNotNull();
    }
  }

  @Test
  void jCudaWritesToATensorAndReadsItBack() {
    CudaMemory memory = CudaMemory.allocate(0, 16);
    MemorySegment managed =
        CudaExporter.versioned().export(memory, DataType.INT32, 4).transferOut();
    try (CudaTensor tensor = CudaImporter.versioned().adopt(managed)) {
      CUdeviceptr pointer = JCuda.pointer(tensor.view());
      int[] numbers = {1, 2, 3, 4};
      int[] back = new int[4];
      JCudaDriver.cuMemcpyHtoD(pointer, Pointer.to(numbers), 16);
      JCudaDriver.cuMemcpyDtoH(Pointer.to(back), pointer, 16);
      assertThat(back).containsExactly(numbers);
    }
  }

  @Test
  void aPointerWithAnOffsetIsAViewFromThere() {
    CUdeviceptr pointer = new CUdeviceptr();
    JCudaDriver.cuMemAlloc(pointer, 40);
    try {
      TensorView whole = JCuda.view(pointer, DataType.UINT8, 40);
      TensorView rest = JCuda.view(pointer.withByteOffset(8), DataType.UINT8, 32);
      assertThat(rest.dataAddress() - whole.dataAddress()).isEqualTo(8);
    } finally {
      JCudaDriver.cuMemFree(pointer);
    }
  }

  @Test
  void pinnedMemoryOfJCudaIsPinnedMemory() {
    Pointer pointer = new Pointer();
    JCudaDriver.cuMemAllocHost(pointer, 8);
    try {
      assertThat(JCuda.view(pointer, DataType.INT64, 1).device())
          .isEqualTo(new Device(Device.Type.CUDA_HOST, 0));
    } finally {
      JCudaDriver.cuMemFreeHost(pointer);
    }
  }

  @Test
  void memoryThatIsNotCudasIsRefused() {
    assertThatThrownBy(
            () -> JCuda.view(Pointer.to(ByteBuffer.allocateDirect(8)), DataType.INT64, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("which its driver does not know");
    try (Arena arena = Arena.ofConfined()) {
      TensorView host = TensorView.of(arena.allocate(8), DataType.INT64, 1);
      assertThatThrownBy(() -> JCuda.pointer(host)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void jCudasStreamsWaitForOthers() {
    CUstream producer = new CUstream();
    CUstream consumer = new CUstream();
    Pointer host = new Pointer();
    JCudaDriver.cuStreamCreate(producer, CUstream_flags.CU_STREAM_NON_BLOCKING);
    JCudaDriver.cuStreamCreate(consumer, CUstream_flags.CU_STREAM_NON_BLOCKING);
    JCudaDriver.cuMemAllocHost(host, 8);
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      CUdeviceptr pointer = JCuda.pointer(memory.view(DataType.UINT8, 8));
      JCudaDriver.cuMemsetD8Async(pointer, (byte) 5, 8, producer);
      Handshake.after(Device.cuda(0), JCuda.stream(producer)).before(JCuda.stream(consumer));
      JCudaDriver.cuMemcpyDtoHAsync(host, pointer, 8, consumer);
      JCudaDriver.cuStreamSynchronize(consumer);
      assertThat(host.getByteBuffer(0, 8).get(7)).isEqualTo((byte) 5);
    } finally {
      JCudaDriver.cuMemFreeHost(host);
      JCudaDriver.cuStreamDestroy(consumer);
      JCudaDriver.cuStreamDestroy(producer);
    }
  }

  @Test
  void streamsThatWereNotCreatedAreTheLegacyDefault() {
    assertThat(JCuda.stream(new CUstream())).isEqualTo(DeviceStream.LEGACY_DEFAULT);
    assertThat(JCuda.stream(new cudaStream_t())).isEqualTo(DeviceStream.LEGACY_DEFAULT);
    assertThat(JCuda.stream(JCudaDriver.CU_STREAM_PER_THREAD))
        .isEqualTo(DeviceStream.PER_THREAD_DEFAULT);
  }

  @Test
  void aConsumerWaitsForAnEventOfJCudas() {
    CUstream producer = new CUstream();
    CUevent event = new CUevent();
    JCudaDriver.cuStreamCreate(producer, CUstream_flags.CU_STREAM_NON_BLOCKING);
    JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING);
    try (CudaMemory memory = CudaMemory.allocate(0, 8);
        CudaMemory host = CudaMemory.allocatePinned(8);
        CudaStream consumer = CudaStream.create(0)) {
      CUdeviceptr pointer = JCuda.pointer(memory.view(DataType.UINT8, 8));
      JCudaDriver.cuMemsetD8Async(pointer, (byte) 5, 8, producer);
      JCudaDriver.cuEventRecord(event, producer);
      JCuda.event(0, event).handshake().before(consumer.stream());
      CudaCopies.queue(
          memory.view(DataType.UINT8, 8), host.view(DataType.UINT8, 8), 0, consumer.stream());
      consumer.synchronize();
      assertThat(host.segment().get(ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 5);
    } finally {
      JCudaDriver.cuEventDestroy(event);
      JCudaDriver.cuStreamDestroy(producer);
    }
  }

  @Test
  void jCudasStreamsWaitForWhatAnotherLibraryHasQueued() {
    CUstream consumer = new CUstream();
    CUevent event = new CUevent();
    Pointer host = new Pointer();
    JCudaDriver.cuStreamCreate(consumer, CUstream_flags.CU_STREAM_NON_BLOCKING);
    JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING);
    JCudaDriver.cuMemAllocHost(host, 8);
    try (CudaMemory memory = CudaMemory.allocate(0, 8);
        CudaMemory source = CudaMemory.allocatePinned(8);
        CudaStream producer = CudaStream.create(0)) {
      source.segment().fill((byte) 6);
      CudaCopies.queue(
          source.view(DataType.UINT8, 8), memory.view(DataType.UINT8, 8), 0, producer.stream());
      JCuda.event(0, event).record(producer.stream());
      JCudaDriver.cuStreamWaitEvent(consumer, event, 0);
      CUdeviceptr pointer = JCuda.pointer(memory.view(DataType.UINT8, 8));
      JCudaDriver.cuMemcpyDtoHAsync(host, pointer, 8, consumer);
      JCudaDriver.cuStreamSynchronize(consumer);
      assertThat(host.getByteBuffer(0, 8).get(7)).isEqualTo((byte) 6);
    } finally {
      JCudaDriver.cuMemFreeHost(host);
      JCudaDriver.cuEventDestroy(event);
      JCudaDriver.cuStreamDestroy(consumer);
    }
  }

  @Test
  void eventsThatWereNotCreatedAreRefused() {
    assertThatThrownBy(() -> JCuda.event(0, new CUevent()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a handle but found NULL");
    assertThatThrownBy(() -> JCuda.event(0, new cudaEvent_t()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
