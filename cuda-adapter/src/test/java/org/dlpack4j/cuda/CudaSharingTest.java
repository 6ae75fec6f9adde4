package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.dlpack4j.Device;
import org.dlpack4j.cuda.internal.DriverFunction;
import org.dlpack4j.cuda.internal.DriverLibrary;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.cudasim.SimulatorCounter;
import org.dlpack4j.device.DeviceAllocation;
import org.dlpack4j.device.DeviceRuntime;
import org.dlpack4j.device.DeviceRuntimes;
import org.dlpack4j.device.DeviceShare;
import org.dlpack4j.device.DeviceStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a process says of its memory; that others reach it by that is tested with Python. */
@ExtendWith(Gpu.class)
class CudaSharingTest {

  private static final int NOT_SUPPORTED = 801;
  private static final int HANDLE_DIGITS = 128;
  private static final int MIB = 1 << 20;

  private static final Device DEVICE = Device.cuda(0);

  private final DeviceRuntime runtime = DeviceRuntimes.of(DEVICE);

  @Test
  void aDescriptorStandsForSharedMemory() {
    try (CudaMemory memory = CudaMemory.allocateShared(0, 3 * MIB)) {
      DeviceShare share = runtime.share(DEVICE, memory.address()).orElseThrow();
      assertThat(share.kind()).isEqualTo(DeviceShare.Kind.DESCRIPTOR);
      assertThat(share.base()).isEqualTo(memory.address());
      assertThat(share.byteSize()).isGreaterThanOrEqualTo(3 * MIB);
      assertThat(share.uuid()).isEqualTo(Cuda.device(0).uuid());
      assertThat(share.handle()).isEmpty();
      assertThat(share.event()).hasSize(HANDLE_DIGITS);

      Gpu.set(memory, 7, DeviceStream.LEGACY_DEFAULT);
      long again = mapped(share);
      byte[] bytes = new byte[3 * MIB];
      runtime.copyToHost(DEVICE, again, MemorySegment.ofArray(bytes), DeviceStream.LEGACY_DEFAULT);
      assertThat(bytes).containsOnly(7);
      try (var _ = Context.of(0).enter()) {
        VirtualMemory.free(again);
      }
    }
  }

  /** As another process would map it. */
  private static long mapped(DeviceShare share) {
    DriverFunction importing =
        DriverLibrary.function("cuMemImportFromShareableHandle", JAVA_LONG, JAVA_LONG, JAVA_INT);
    try (var _ = Context.of(0).enter();
        Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG, 2);
      MemorySegment access = arena.allocateFrom(JAVA_INT, 1, Context.device(0), 3);
      CudaException.call(importing, out.address(), share.descriptor(), 1);
      long handle = out.get(JAVA_LONG, 0);
      long bytes = share.byteSize();
      CudaException.call(CudaDriver.cuMemAddressReserve, out.address(), bytes, 0, 0, 0);
      long address = out.get(JAVA_LONG, 0);
      CudaException.call(CudaDriver.cuMemMap, address, bytes, 0, handle, 0);
      CudaException.call(CudaDriver.cuMemSetAccess, address, bytes, access.address(), 1);
      CudaException.call(CudaDriver.cuMemRelease, handle);
      return address;
    }
  }

  @Test
  void aHandleStandsForOtherMemory() {
    try (CudaMemory memory = CudaMemory.allocate(0, 1000)) {
      DeviceShare share = runtime.share(DEVICE, memory.address() + 999).orElseThrow();
      assertThat(share.kind()).isEqualTo(DeviceShare.Kind.HANDLE);
      assertThat(share.base()).isEqualTo(memory.address());
      assertThat(share.handle()).hasSize(HANDLE_DIGITS);
      assertThat(share.descriptor()).isNegative();
      assertThat(runtime.share(DEVICE, memory.address())).containsSame(share);
    }
  }

  @Test
  void onlyMemoryOfOursOnADeviceIsShared() {
    try (CudaMemory pinned = CudaMemory.allocatePinned(8);
        CudaMemory managed = CudaMemory.allocateManaged(0, 8);
        CudaMemory memory = CudaMemory.allocate(0, 8)) {
      assertThat(runtime.share(DEVICE, pinned.address())).isEmpty();
      assertThat(runtime.share(DEVICE, managed.address())).isEmpty();
      assertThat(runtime.share(DEVICE, memory.address() + 8)).isEmpty();
    }
  }

  @Test
  @Timeout(60)
  void whatIsReleasedLeavesNoDescriptor() throws Exception {
    CudaSimulator simulator = Gpu.simulator();
    runtime.copy(DEVICE, 0, 0, 0); // makes what stays
    long handles = simulator.count(SimulatorCounter.LIVE_HANDLES);
    long descriptors = descriptors();
    for (int i = 0; i < 10; i++) {
      try (CudaMemory memory = CudaMemory.allocateShared(0, 8)) {
        runtime.announce(runtime.share(DEVICE, memory.address()).orElseThrow());
      }
    }
    Gpu.awaitReleases();
    assertThat(simulator.count(SimulatorCounter.LIVE_HANDLES)).isEqualTo(handles);
    simulator.runAll(); // records that nobody waited for keep their event
    while (descriptors() > descriptors) {
      assertThat(Thread.interrupted()).as("in time").isFalse();
      Thread.onSpinWait(); // the simulator's threads for the events end a moment later
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  @Test
  void withoutSharedEventsAnnouncingWaits() {
    CudaSimulator simulator = Gpu.simulator();
    simulator.fail("cuIpcGetEventHandle", 1, NOT_SUPPORTED);
    try (CudaMemory memory = CudaMemory.allocate(0, 8);
        CudaStream stream = CudaStream.create(0)) {
      DeviceShare share = runtime.share(DEVICE, memory.address()).orElseThrow();
      assertThat(share.event()).isEmpty();
      Gpu.set(memory, 5, stream.stream());
      runtime.announce(share);
      assertThat(simulator.peek(memory.address(), 8)).containsOnly(5);
    }
  }

  @Test
  void announcingWaitsForNothingElse() {
    Gpu.simulator();
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      DeviceShare share = runtime.share(DEVICE, memory.address()).orElseThrow();
      long waits = Gpu.hostWaits();
      runtime.announce(share);
      assertThat(Gpu.hostWaits()).isEqualTo(waits);
    }
  }

  @Test
  void memoryThatTheDriverDoesNotShareIsSaidSo() {
    Gpu.simulator().fail("cuIpcGetMemHandle", 1, NOT_SUPPORTED);
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      assertThat(runtime.share(DEVICE, memory.address())).isEmpty();
    }
  }

  @Test
  void announcingDuringACaptureIsRefusedAndDoesNotSpoilIt() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      DeviceShare share = runtime.share(DEVICE, memory.address()).orElseThrow();
      runtime.announce(share);
      try (StreamCapture capture = StreamCapture.begin(0)) {
        assertThatThrownBy(() -> runtime.announce(share))
            .isInstanceOf(CudaException.class)
            .hasMessageContaining("CAPTURE");
        capture.end(); // not spoiled
      }
    }
  }

  @Test
  void aCopyComesAfterEveryStreamAndIsDoneWhenItReturns() {
    CudaSimulator simulator = Gpu.simulator();
    DeviceAllocation to = runtime.allocateShared(DEVICE, 8);
    try (CudaMemory from = CudaMemory.allocate(0, 8);
        CudaStream stream = CudaStream.create(0)) {
      CudaCopies.Statistics before = CudaCopies.statistics();
      Gpu.set(from, 3, stream.stream());
      runtime.copy(DEVICE, from.address(), to.address(), 8);
      assertThat(simulator.peek(to.address(), 8)).containsOnly(3);
      assertThat(CudaCopies.statistics().bytes() - before.bytes()).isEqualTo(8);
    } finally {
      to.owner().release();
    }
  }

  @Test
  void devicesAreFoundByTheirName() {
    assertThat(DeviceRuntimes.find(Cuda.device(0).uuid())).contains(DEVICE);
    assertThat(DeviceRuntimes.find(new UUID(1, 2))).isEmpty();
  }

  @Test
  void aSizeOfNothingIsRefused() {
    assertThatThrownBy(() -> CudaMemory.allocateShared(0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("size");
  }
}
