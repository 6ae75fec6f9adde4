package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.LiveExports;
import org.dlpack4j.exporting.TensorExporter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tensors go out and come in over the same memory, and are what the driver says. */
@ExtendWith(Gpu.class)
class CudaExchangeTest {

  @Test
  void whatGoesOutComesInAtTheSameAddress() {
    CudaMemory memory = CudaMemory.allocate(0, 4000);
    long address = memory.address();
    MemorySegment managed =
        CudaExporter.versioned().export(memory, DataType.FLOAT32, 10, 100).transferOut();
    try (CudaTensor tensor = CudaImporter.versioned().adopt(managed)) {
      assertThat(tensor.view().dataAddress()).isEqualTo(address);
      assertThat(tensor.view().device()).isEqualTo(Device.cuda(0));
      assertThat(tensor.view().layout().shape()).containsExactly(10, 100);
      assertThat(Exports.live()).extracting(LiveExports::kind).contains("CUDA");
    }
  }

  @Test
  void theLegacyStructCrosses() {
    CudaMemory memory = CudaMemory.allocate(0, 8);
    MemorySegment managed = CudaExporter.legacy().export(memory, DataType.INT64, 1).transferOut();
    CudaImporter.legacy().adopt(managed).close();
  }

  @Test
  void anAdoptedTensorIsGivenOn() {
    CudaMemory memory = CudaMemory.allocate(0, 8);
    long address = memory.address();
    CudaTensor first =
        CudaImporter.versioned()
            .adopt(CudaExporter.versioned().export(memory, DataType.INT64, 1).transferOut());
    TensorView view = first.view();
    ExportedTensor again = CudaExporter.versioned().export(view, first.intoOwner());
    try (CudaTensor second = CudaImporter.versioned().adopt(again.transferOut())) {
      assertThat(second.view().dataAddress()).isEqualTo(address);
    }
    assertThatThrownBy(first::view).isInstanceOf(IllegalStateException.class);
    first.close();
  }

  @Test
  void managedMemoryThatIsCalledADevicesIsCalledWhatItIs() {
    CudaMemory memory = CudaMemory.allocateManaged(0, 8);
    try (CudaTensor tensor = adopted(view(memory.address(), Device.cuda(0), 8), memory)) {
      assertThat(tensor.view().device()).isEqualTo(new Device(Device.Type.CUDA_MANAGED, 0));
    }
  }

  private static CudaTensor adopted(TensorView view, Owner owner) {
    return CudaImporter.versioned().adopt(TensorExporter.export(view, owner).transferOut());
  }

  private static TensorView view(long address, Device device, long bytes) {
    return new TensorView(
        address, DataType.UINT8, device, TensorLayout.contiguous(bytes), false, false);
  }

  @Test
  void anotherDeviceThanTheDriverSaysIsRefused() {
    Gpu.requireTwoDevices();
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      assertRefused(
          view(memory.address(), Device.cuda(1), 8),
          "device: expected cuda:0, as CUDA's driver says");
    }
  }

  @Test
  void anotherKindOfMemoryThanTheDriverSaysIsRefused() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      assertRefused(
          view(memory.address(), new Device(Device.Type.CUDA_MANAGED, 0), 8),
          "device: expected cuda:0, as CUDA's driver says");
      assertRefused(
          view(memory.address(), new Device(Device.Type.CUDA_HOST, 0), 8),
          "device: expected cuda:0, as CUDA's driver says");
    }
  }

  @Test
  void elementsOutsideTheAllocationAreRefused() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      assertRefused(
          view(memory.address(), Device.cuda(0), 1L << 40), "data: expected elements within");
    }
  }

  @Test
  void memoryThatTheDriverDoesNotKnowIsRefused() {
    try (Arena arena = Arena.ofConfined()) {
      assertRefused(
          view(arena.allocate(8).address(), Device.cuda(0), 8),
          "which CUDA's driver does not know");
    }
  }

  @Test
  void aThreadWithoutAContextIsAnsweredToo() {
    CudaSimulator simulator = Gpu.simulator();
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      int invalidContext = 201;
      long before = simulator.calls("cuPointerGetAttributes");
      simulator.fail("cuPointerGetAttributes", 1, invalidContext);
      assertThat(
              CudaViews.at(memory.address(), DataType.UINT8, TensorLayout.contiguous(8)).device())
          .isEqualTo(Device.cuda(0));
      assertThat(simulator.calls("cuPointerGetAttributes")).isEqualTo(before + 2);
    } finally {
      simulator.clearFaults();
    }
  }

  @Test
  void memoryOfTheHostIsNoTensorOfCuda() {
    try (Arena arena = Arena.ofConfined()) {
      assertRefused(
          view(arena.allocate(8).address(), Device.CPU, 8), "device: expected one of CUDA's");
    }
  }

  @Test
  void aDeviceThatIsNotThereIsRefused() {
    assertRefused(view(1 << 20, Device.cuda(99), 8), "expected an ordinal below");
  }

  /** Refused by both ends: nothing is taken over, or what was is given back. */
  private static void assertRefused(TensorView view, String message) {
    assertThatThrownBy(() -> CudaExporter.versioned().export(view, () -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);

    CountDownLatch released = new CountDownLatch(1);
    MemorySegment managed = TensorExporter.export(view, released::countDown).transferOut();
    assertThatThrownBy(() -> CudaImporter.versioned().adopt(managed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThat(released.getCount()).as("the tensor stays with the caller").isEqualTo(1);
    assertThatThrownBy(() -> CudaImporter.versioned().adoptOrDiscard(managed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    awaitZero(released);
  }

  private static void awaitZero(CountDownLatch released) {
    try {
      assertThat(released.await(60, TimeUnit.SECONDS)).as("the deleter was called").isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void tensorsWithoutElementsHaveNoMemoryToCheck() {
    TensorView empty =
        new TensorView(0, DataType.UINT8, Device.cuda(0), TensorLayout.contiguous(0), false, false);
    try (CudaTensor tensor = adopted(empty, () -> {})) {
      assertThat(tensor.view().layout().isEmpty()).isTrue();
    }
  }

  @Test
  void aFailedExportLeavesTheMemoryOpen() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      assertThatThrownBy(() -> CudaExporter.versioned().export(memory, DataType.INT64, 2))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatIsGivenOnWaitsOnceForEachOfItsTensors() throws InterruptedException {
    long before = CudaReleases.statistics().released();
    CudaMemory memory = CudaMemory.allocate(0, 8);
    CudaTensor first =
        CudaImporter.versioned()
            .adopt(CudaExporter.versioned().export(memory, DataType.INT64, 1).transferOut());
    TensorView view = first.view();
    ExportedTensor again = CudaExporter.versioned().export(view, first.intoOwner());
    CudaImporter.versioned().adopt(again.transferOut()).close();
    Gpu.awaitReleases();
    // The second tensor's deleter, the first one's, and the memory.
    assertThat(CudaReleases.statistics().released()).isEqualTo(before + 3);
  }

  @Test
  void theStricterPolicyHoldsForWhatIsGivenOn() throws InterruptedException {
    var simulator = Gpu.simulator();
    long before = simulator.calls("cuCtxSynchronize");
    CudaMemory memory = CudaMemory.allocate(0, 8);
    CudaTensor first =
        CudaImporter.versioned()
            .releasing(ReleasePolicy.SYNCHRONIZE)
            .adopt(CudaExporter.versioned().export(memory, DataType.INT64, 1).transferOut());
    TensorView view = first.view();
    CudaExporter.versioned().export(view, first.intoOwner()).close();
    Gpu.awaitReleases();
    assertThat(simulator.calls("cuCtxSynchronize")).isEqualTo(before + 1);
  }

  @Test
  void theExportersPolicyHoldsForMemoryOfOurs() throws InterruptedException {
    var simulator = Gpu.simulator();
    long before = simulator.calls("cuCtxSynchronize");
    CudaExporter.versioned()
        .releasing(ReleasePolicy.SYNCHRONIZE)
        .export(CudaMemory.allocate(0, 8), DataType.INT64, 1)
        .close();
    Gpu.awaitReleases();
    assertThat(simulator.calls("cuCtxSynchronize")).isEqualTo(before + 1);
  }
}
