package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.cudasim.SimulatorCounter;
import org.dlpack4j.device.DeviceStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Copies into memory that is there: queued, or waited for. */
@ExtendWith(Gpu.class)
class CudaCopiesTest {

  private static final int COUNT = 1000;

  /** More than two buffers, and no whole number of them. */
  private static final long LARGE = 2 * Staging.BUFFER_BYTES + 12345;

  private static final DeviceStream DEFAULT = DeviceStream.LEGACY_DEFAULT;

  @Test
  void nobodyWaitsForWhatIsQueued() {
    CudaCopies.Statistics before = CudaCopies.statistics();
    try (CudaStream stream = CudaStream.create(0);
        CudaMemory there = CudaMemory.allocate(0, COUNT * Integer.BYTES);
        CudaMemory elsewhere = CudaMemory.allocateManaged(0, COUNT * Integer.BYTES);
        CudaMemory from = CudaMemory.allocatePinned(COUNT * Integer.BYTES);
        CudaMemory back = CudaMemory.allocatePinned(COUNT * Integer.BYTES)) {
      for (int i = 0; i < COUNT; i++) {
        from.segment().setAtIndex(JAVA_INT, i, i * i);
      }
      long waits = Gpu.hostWaits();
      queue(from, there, stream);
      queue(there, elsewhere, stream);
      queue(elsewhere, back, stream);
      assertThat(Gpu.hostWaits()).isEqualTo(waits);
      stream.synchronize();
      assertThat(back.segment().mismatch(from.segment())).isEqualTo(-1);
    }
    CudaCopies.Statistics after = CudaCopies.statistics();
    assertThat(after.copies() - before.copies()).isEqualTo(3);
    assertThat(after.bytes() - before.bytes()).isEqualTo(3 * COUNT * Integer.BYTES);
  }

  private static void queue(CudaMemory from, CudaMemory to, CudaStream stream) {
    CudaCopies.queue(
        from.view(DataType.INT32, COUNT), to.view(DataType.INT32, COUNT), 0, stream.stream());
  }

  private static TensorView view(CudaMemory memory) {
    return memory.view(DataType.UINT8, memory.byteSize());
  }

  private static TensorView view(MemorySegment segment) {
    return TensorView.of(segment, DataType.UINT8, segment.byteSize());
  }

  @Test
  void devicesCopyToEachOther() {
    Gpu.requireTwoDevices();
    try (CudaMemory first = CudaMemory.allocate(0, 4);
        CudaMemory second = CudaMemory.allocate(1, 4);
        CudaMemory host = CudaMemory.allocatePinned(4)) {
      Gpu.set(first, 9, DEFAULT);
      CudaCopies.queue(view(first), view(second), 0, DEFAULT);
      CudaCopies.queue(view(second), view(host), 0, DEFAULT);
      CudaRuntime.synchronize(0, DEFAULT);
      assertThat(host.segment().get(JAVA_BYTE, 0)).isEqualTo((byte) 9);
    }
  }

  @Test
  void bothDevicesMemoryStaysUntilTheirCopyIsDone() throws InterruptedException {
    var simulator = Gpu.simulator();
    for (int ordinal = 0; ordinal < 2; ordinal++) {
      CudaMemory first = CudaMemory.allocate(0, 64);
      CudaMemory second = CudaMemory.allocate(1, 64);
      try (CudaStream stream = CudaStream.create(ordinal)) {
        CudaCopies.queue(view(first), view(second), ordinal, stream.stream());
        first.close();
        second.close();
        Gpu.awaitReleases();
      }
    }
    simulator.runAll();
    assertThat(simulator.count(SimulatorCounter.USES_AFTER_FREE)).isZero();
  }

  @Test
  void aQueuedCopyBecomesPartOfACapture() {
    Gpu.requireTwoDevices();
    try (CudaMemory first = CudaMemory.allocate(0, 4);
        CudaMemory second = CudaMemory.allocate(1, 4);
        StreamCapture capture = StreamCapture.begin(0)) {
      CudaCopies.queue(view(first), view(second), 0, capture.stream());
      capture.end();
    }
  }

  @Test
  void aThreadDoesNotWaitForACapture() {
    try (CudaMemory first = CudaMemory.allocate(0, 4);
        CudaMemory second = CudaMemory.allocate(0, 4);
        StreamCapture capture = StreamCapture.begin(0)) {
      assertThatThrownBy(() -> CudaCopies.copy(view(first), view(second), 0, capture.stream()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("expected a stream that is not captured");
      capture.end();
    }
  }

  @Test
  void mainMemoryThatIsNotPinnedIsCopiedAndNotQueued() {
    CudaCopies.Statistics before = CudaCopies.statistics();
    try (Arena arena = Arena.ofConfined();
        CudaMemory memory = CudaMemory.allocate(0, 8)) {
      MemorySegment from = arena.allocateFrom(JAVA_BYTE, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
      MemorySegment back = arena.allocate(8);
      CudaCopies.copy(view(from), view(memory), 0, DEFAULT);
      from.fill((byte) 0); // it has been read
      CudaCopies.copy(view(memory), view(back), 0, DEFAULT);
      assertThat(back.toArray(JAVA_BYTE)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
      assertThatThrownBy(() -> CudaCopies.queue(view(from), view(memory), 0, DEFAULT))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("pinned for one")
          .hasMessageContaining("copy() waits");
    }
    assertThat(CudaCopies.statistics().copies() - before.copies()).isEqualTo(2);
    assertThat(CudaCopies.statistics().bytes() - before.bytes()).isEqualTo(16);
  }

  @Test
  void largeMainMemoryGoesByWayOfPinnedBuffersAndBack() {
    try (Arena arena = Arena.ofConfined();
        CudaStream stream = CudaStream.create(0);
        CudaMemory memory = CudaMemory.allocate(0, LARGE)) {
      MemorySegment from = numbered(arena, LARGE);
      CudaCopies.copy(view(from), view(memory), 0, stream.stream());
      try (TensorCopy back = CudaCopies.toMainMemory(view(memory), 0, stream.stream())) {
        assertThat(back.elements().segment().mismatch(from)).isEqualTo(-1);
      }
    }
  }

  private static MemorySegment numbered(Arena arena, long bytes) {
    MemorySegment segment = arena.allocate(bytes, Long.BYTES);
    for (long i = 0; i + 3 < bytes; i += Integer.BYTES) {
      segment.set(JAVA_INT, i, (int) (i * 0x9E3779B1L));
    }
    return segment;
  }

  @Test
  void theDeviceWorksWithOneBufferWhileTheHostWorksWithTheOther() throws InterruptedException {
    var simulator = Gpu.simulator();
    try (Arena arena = Arena.ofConfined();
        CudaMemory memory = CudaMemory.allocate(0, LARGE)) {
      TensorView from = view(arena.allocate(LARGE));
      long before = simulator.calls("cuMemcpyAsync");
      simulator.hold("cuEventSynchronize", 1);
      Thread copier =
          Thread.ofPlatform().start(() -> CudaCopies.copy(from, view(memory), 0, DEFAULT));
      assertThat(simulator.awaitHeld(Duration.ofSeconds(60))).isTrue();
      assertThat(simulator.calls("cuMemcpyAsync")).isEqualTo(before + 2);
      simulator.letGo();
      copier.join();
    }
  }

  @Test
  void whatIsInTheStreamComesFirst() {
    try (CudaStream stream = CudaStream.create(0);
        CudaMemory memory = CudaMemory.allocate(0, LARGE)) {
      Gpu.set(memory, 7, stream.stream());
      try (TensorCopy copy = CudaCopies.toMainMemory(view(memory), 0, stream.stream())) {
        MemorySegment copied = copy.elements().segment();
        assertThat(copied.get(JAVA_BYTE, 0)).isEqualTo((byte) 7);
        assertThat(copied.get(JAVA_BYTE, LARGE - 1)).isEqualTo((byte) 7);
      }
    }
  }

  @Test
  void progressIsToldNowAndThenAndAtTheEnd() {
    long bytes = 70L << 20;
    try (CudaMemory from = CudaMemory.allocate(0, bytes);
        CudaMemory to = CudaMemory.allocate(0, bytes)) {
      List<Long> told = new ArrayList<>();
      CudaCopies.copy(view(from), view(to), 0, DEFAULT, (done, all) -> told.add(done));
      assertThat(told).containsExactly(32L << 20, 64L << 20, bytes);
      told.clear();
      CudaCopies.toMainMemory(view(from), 0, DEFAULT, (done, all) -> told.add(done)).close();
      assertThat(told).containsExactly(32L << 20, 64L << 20, bytes);
    }
  }

  @Test
  void whatProgressThrowsStopsTheCopyWithNothingUnderWay() {
    var simulator = Gpu.simulator();
    CudaCopies.Statistics before = CudaCopies.statistics();
    try (CudaMemory from = CudaMemory.allocate(0, 70L << 20)) {
      assertThatThrownBy(
              () ->
                  CudaCopies.toMainMemory(
                      view(from),
                      0,
                      DEFAULT,
                      (done, all) -> {
                        throw new IllegalStateException("enough");
                      }))
          .hasMessage("enough");
      assertThat(simulator.count(SimulatorCounter.OPERATIONS_PENDING)).isZero();
      assertThat(CudaCopies.statistics()).isEqualTo(before);
    }
  }

  @Test
  void aCopyThatFailsGivesItsBuffersBack() {
    var simulator = Gpu.simulator();
    try (Arena arena = Arena.ofConfined();
        CudaMemory memory = CudaMemory.allocate(0, LARGE)) {
      TensorView from = view(arena.allocate(LARGE));
      for (int i = 0; i < 5; i++) {
        simulator.fail("cuMemcpyAsync", 2, 1);
        assertThatThrownBy(() -> CudaCopies.copy(from, view(memory), 0, DEFAULT))
            .isInstanceOf(CudaException.class);
        assertThat(simulator.count(SimulatorCounter.OPERATIONS_PENDING)).isZero();
      }
      CudaCopies.copy(from, view(memory), 0, DEFAULT);
    }
  }

  @Test
  void tensorsWithoutElementsAreCopiedToo() {
    try (CudaMemory memory = CudaMemory.allocate(0, 8);
        CudaCopy copy =
            CudaCopies.contiguous(memory.view(DataType.UINT8, 0, 3), memory.device(), 0, DEFAULT)) {
      assertThat(copy.view().layout().shape()).containsExactly(0, 3);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Arena arena = Arena.ofConfined();
        CudaMemory small = CudaMemory.allocate(0, 8);
        CudaMemory large = CudaMemory.allocate(0, 16)) {
      assertRefused(view(large), view(small), "of the same type and shape");
      assertRefused(view(small), small.view(DataType.INT64, 1), "of the same type and shape");
      assertRefused(view(small), view(small).asReadOnly(), "expected a writable tensor");
      TensorLayout repeated = TensorLayout.contiguous(1).broadcast(8);
      assertRefused(view(small), view(large).withLayout(repeated), "a place for each element");
      assertRefused(view(small), view(small), "expected a target in other memory");
      TensorView main = view(arena.allocate(8));
      assertRefused(main, view(arena.allocate(8)), "expected memory of CUDA on one side");
      TensorView tooFar = view(small).withLayout(TensorLayout.contiguous(1L << 40));
      TensorView asFar = view(large).withLayout(TensorLayout.contiguous(1L << 40));
      assertRefused(tooFar, asFar, "");
    }
  }

  private static void assertRefused(TensorView from, TensorView to, String message) {
    assertThatThrownBy(() -> CudaCopies.queue(from, to, 0, DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThatThrownBy(() -> CudaCopies.copy(from, to, 0, DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
