package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.function.Supplier;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.cudasim.SimulatorCounter;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.TensorExporter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that several devices reach is released after the work of all of them. */
@ExtendWith(Gpu.class)
class CudaSeveralDevicesTest {

  private CudaSimulator simulator;

  @BeforeEach
  void start() {
    simulator = Gpu.simulator();
    Gpu.requireTwoDevices();
  }

  @AfterEach
  void nothingWasUsedTooLate() {
    simulator.runAll();
    assertThat(simulator.count(SimulatorCounter.USES_AFTER_FREE)).isZero();
  }

  @Test
  void pinnedMemoryWaitsForTheDeviceThatUsesIt() throws InterruptedException {
    assertThatItWaitsForTheSecondDevice(() -> CudaMemory.allocatePinned(64));
  }

  @Test
  void managedMemoryWaitsForTheDeviceThatUsesIt() throws InterruptedException {
    assertThatItWaitsForTheSecondDevice(() -> CudaMemory.allocateManaged(0, 64));
  }

  private static void assertThatItWaitsForTheSecondDevice(Supplier<CudaMemory> allocator)
      throws InterruptedException {
    try (CudaStream stream = CudaStream.create(1)) {
      CudaMemory usedByAStream = allocator.get();
      Gpu.set(usedByAStream, 1, 1, stream.stream());
      usedByAStream.close();
      CudaMemory usedByTheDefault = allocator.get();
      Gpu.set(usedByTheDefault, 1, 1, DeviceStream.LEGACY_DEFAULT);
      usedByTheDefault.close();
      Gpu.awaitReleases();
    }
  }

  @Test
  void aForeignTensorInPinnedMemoryWaitsForTheDeviceThatUsesIt() throws InterruptedException {
    CudaMemory memory = CudaMemory.allocatePinned(64);
    Owner atOnce = memory.releasing(ReleasePolicy.AT_ONCE, false);
    MemorySegment managed =
        TensorExporter.export(memory.view(DataType.UINT8, 64), atOnce).transferOut();
    CudaTensor tensor = CudaImporter.versioned().adopt(managed);
    Gpu.set(memory, 1, 1, DeviceStream.LEGACY_DEFAULT);
    tensor.close();
    Gpu.awaitReleases();
  }

  @ParameterizedTest
  @ValueSource(ints = {Device.Type.CUDA_HOST, Device.Type.CUDA_MANAGED})
  void anExportOfMemoryOfAllDevicesWaitsForTheOneThatUsesIt(int type) throws InterruptedException {
    CudaMemory memory =
        type == Device.Type.CUDA_HOST
            ? CudaMemory.allocatePinned(64)
            : CudaMemory.allocateManaged(0, 64);
    TensorView view =
        new TensorView(
            memory.address(),
            DataType.UINT8,
            new Device(type, 0),
            TensorLayout.contiguous(64),
            false,
            false);
    Owner atOnce = memory.releasing(ReleasePolicy.AT_ONCE, false);
    var exported = CudaExporter.versioned().export(view, () -> releaseNow(atOnce));
    Gpu.set(memory, 1, 1, DeviceStream.LEGACY_DEFAULT);
    exported.close();
    Gpu.awaitReleases();
  }

  private static void releaseNow(Owner owner) {
    owner.beginExport();
    owner.release();
  }

  @Test
  void aCaptureHoldsUpOnlyWhatItsDeviceMayUse() throws InterruptedException {
    CudaMemory pinned = CudaMemory.allocatePinned(64);
    CudaMemory there = CudaMemory.allocate(1, 64);
    CudaMemory here = CudaMemory.allocate(0, 64);
    try (StreamCapture capture = StreamCapture.begin(1)) {
      pinned.close();
      there.close();
      here.close();
      awaitAllocations(2);
      assertThat(CudaReleases.await(Duration.ofMillis(50))).as("released").isFalse();
      assertThat(CudaReleases.statistics().pending()).isEqualTo(2);
      capture.end();
    }
    Gpu.awaitReleases();
  }

  private void awaitAllocations(long goal) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (simulator.count(SimulatorCounter.LIVE_ALLOCATIONS) > goal) {
      assertThat(System.nanoTime()).as("freed in time").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
