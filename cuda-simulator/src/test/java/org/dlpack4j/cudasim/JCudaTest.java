package org.dlpack4j.cudasim;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static jcuda.driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL;
import static jcuda.driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_MEMORY_TYPE;
import static jcuda.driver.CUresult.CUDA_ERROR_OUT_OF_MEMORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** JCuda's own native library runs on the simulated driver, and waits that it lacks show. */
@EnabledIfSystemProperty(
    named = "os.arch",
    matches = "amd64",
    disabledReason = "JCuda has native libraries for x86-64 only")
class JCudaTest {

  private static final int SIZE = 64;

  private static CudaSimulator simulator;

  private final CUstream producer = new CUstream();
  private final CUstream consumer = new CUstream();
  private final CUevent ready = new CUevent();
  private final CUdeviceptr memory = new CUdeviceptr();

  /** Pinned, as copies to other memory would wait. */
  private final Pointer host = new Pointer();

  @BeforeAll
  static void loadBeforeJCuda() {
    simulator = CudaSimulator.load().withDevices(2);
    JCudaDriver.setExceptionsEnabled(true);
    JCudaDriver.cuInit(0);
  }

  @BeforeEach
  void create() {
    CUcontext context = new CUcontext();
    JCudaDriver.cuDevicePrimaryCtxRetain(context, new CUdevice());
    JCudaDriver.cuCtxPushCurrent(context);
    JCudaDriver.cuStreamCreate(producer, CUstream_flags.CU_STREAM_NON_BLOCKING);
    JCudaDriver.cuStreamCreate(consumer, CUstream_flags.CU_STREAM_NON_BLOCKING);
    JCudaDriver.cuEventCreate(ready, CUevent_flags.CU_EVENT_DISABLE_TIMING);
    JCudaDriver.cuMemAlloc(memory, SIZE);
    JCudaDriver.cuMemAllocHost(host, SIZE);
    simulator.resetCounters();
  }

  @AfterEach
  void destroy() {
    JCudaDriver.cuCtxSynchronize();
    JCudaDriver.cuMemFreeHost(host);
    JCudaDriver.cuMemFree(memory);
    JCudaDriver.cuEventDestroy(ready);
    JCudaDriver.cuStreamDestroy(consumer);
    JCudaDriver.cuStreamDestroy(producer);
    assertThat(simulator.count(SimulatorCounter.LIVE_ALLOCATIONS)).isZero();
    assertThat(simulator.count(SimulatorCounter.LIVE_STREAMS)).isZero();
    assertThat(simulator.count(SimulatorCounter.LIVE_EVENTS)).isZero();
    JCudaDriver.cuCtxPopCurrent(new CUcontext());
    JCudaDriver.cuDevicePrimaryCtxRelease(new CUdevice());
  }

  @Test
  void thereAreAsManyDevicesAsWereAskedFor() {
    int[] count = new int[1];
    JCudaDriver.cuDeviceGetCount(count);
    assertThat(count).containsExactly(2);
  }

  @Test
  void whatIsCopiedInComesOut() {
    byte[] bytes =
        "sixty-four bytes, none of them like its neighbour, go in and out".getBytes(US_ASCII);
    byte[] back = new byte[SIZE];
    JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(bytes), SIZE);
    JCudaDriver.cuMemcpyDtoH(Pointer.to(back), memory, SIZE);
    assertThat(back).containsExactly(bytes);
  }

  @Test
  void aMissingWaitIsSeenEveryTime() {
    for (int i = 0; i < 2000; i++) {
      byte old = (byte) (2 * i);
      byte now = (byte) (2 * i + 1);
      JCudaDriver.cuMemsetD8(memory, old, SIZE);
      JCudaDriver.cuStreamSynchronize(new CUstream());
      JCudaDriver.cuMemsetD8Async(memory, now, SIZE, producer);
      assertThat(readBy(consumer)).isEqualTo(old);
    }
  }

  @Test
  void aWaitIsEnough() {
    for (int i = 0; i < 2000; i++) {
      byte now = (byte) i;
      JCudaDriver.cuMemsetD8Async(memory, now, SIZE, producer);
      JCudaDriver.cuEventRecord(ready, producer);
      JCudaDriver.cuStreamWaitEvent(consumer, ready, 0);
      assertThat(readBy(consumer)).isEqualTo(now);
    }
  }

  private byte readBy(CUstream stream) {
    JCudaDriver.cuMemcpyDtoHAsync(host, memory, SIZE, stream);
    JCudaDriver.cuStreamSynchronize(stream);
    return host.getByteBuffer(0, SIZE).get(SIZE - 1);
  }

  @Test
  void thePointerSaysWhereItIs() {
    int[] ordinal = {-1};
    int[] type = {-1};
    JCudaDriver.cuPointerGetAttribute(
        Pointer.to(ordinal), CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, memory);
    JCudaDriver.cuPointerGetAttribute(Pointer.to(type), CU_POINTER_ATTRIBUTE_MEMORY_TYPE, memory);
    assertThat(ordinal).containsExactly(0);
    assertThat(type).containsExactly(2);
  }

  @Test
  void aFaultOnPurposeReachesTheProgramOnce() {
    CUdeviceptr other = new CUdeviceptr();
    simulator.fail("cuMemAlloc_v2", 1, CUDA_ERROR_OUT_OF_MEMORY);
    assertThatThrownBy(() -> JCudaDriver.cuMemAlloc(other, SIZE))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
    JCudaDriver.cuMemAlloc(other, SIZE);
    JCudaDriver.cuMemFree(other);
    assertThat(simulator.count(SimulatorCounter.FAULTS)).isEqualTo(1);
  }

  @Test
  void aSecondFreeIsAnErrorAndIsCounted() {
    CUdeviceptr other = new CUdeviceptr();
    JCudaDriver.cuMemAlloc(other, SIZE);
    JCudaDriver.cuMemFree(other);
    assertThatThrownBy(() -> JCudaDriver.cuMemFree(other)).isInstanceOf(CudaException.class);
    assertThat(simulator.count(SimulatorCounter.DOUBLE_FREES)).isEqualTo(1);
  }

  @Test
  void whatRunsAfterAFreeFindsPoison() {
    CUdeviceptr other = new CUdeviceptr();
    JCudaDriver.cuMemAlloc(other, SIZE);
    JCudaDriver.cuMemsetD8(other, (byte) 1, SIZE);
    JCudaDriver.cuMemcpyDtoHAsync(host, other, SIZE, producer);
    JCudaDriver.cuMemFree(other);
    JCudaDriver.cuStreamSynchronize(producer);
    assertThat(host.getByteBuffer(0, SIZE).get(0)).isEqualTo((byte) 0xDB);
    assertThat(simulator.count(SimulatorCounter.USES_AFTER_FREE)).isPositive();
  }

  @Test
  void aQueryIsAnsweredNotReadyAndThenReady() {
    JCudaDriver.setExceptionsEnabled(false);
    try {
      JCudaDriver.cuMemsetD8Async(memory, (byte) 1, SIZE, producer);
      JCudaDriver.cuEventRecord(ready, producer);
      assertThat(JCudaDriver.cuEventQuery(ready)).isEqualTo(600);
      assertThat(JCudaDriver.cuEventQuery(ready)).isZero();
    } finally {
      JCudaDriver.setExceptionsEnabled(true);
    }
  }

  @Test
  void theSizeOfAnAllocationIsChecked() {
    assertThatThrownBy(() -> JCudaDriver.cuMemAlloc(new CUdeviceptr(), 0))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
  }
}
