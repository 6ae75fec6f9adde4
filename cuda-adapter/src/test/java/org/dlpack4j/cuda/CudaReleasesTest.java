package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.cudasim.SimulatorCounter;
import org.dlpack4j.device.DeviceStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory that is let go while the device works with it stays until the work is done. */
@ExtendWith(Gpu.class)
class CudaReleasesTest {

  private CudaSimulator simulator;

  @BeforeEach
  void startCounting() {
    simulator = Gpu.simulator();
    simulator.resetCounters();
  }

  @AfterEach
  void nothingWasUsedTooLate() {
    simulator.runAll();
    assertThat(simulator.count(SimulatorCounter.USES_AFTER_FREE)).isZero();
  }

  @Test
  void workOfABlockingStreamIsWaitedFor() throws InterruptedException {
    long before = Gpu.hostWaits();
    CudaMemory memory = CudaMemory.allocate(0, 64);
    Gpu.set(memory, 1, DeviceStream.LEGACY_DEFAULT);
    memory.close();
    Gpu.awaitReleases();
    assertThat(simulator.count(SimulatorCounter.LIVE_ALLOCATIONS)).isZero();
    assertThat(Gpu.hostWaits()).isEqualTo(before);
  }

  @Test
  void workOfAStreamThatDoesNotWaitIsWaitedFor() throws InterruptedException {
    try (CudaStream stream = CudaStream.create(0)) {
      CudaMemory memory = CudaMemory.allocate(0, 64);
      Gpu.set(memory, 1, stream.stream());
      memory.close();
      Gpu.awaitReleases();
    }
  }

  @Test
  void workOfAStreamThatIsClosedFirstIsWaitedFor() throws InterruptedException {
    CudaMemory memory = CudaMemory.allocate(0, 64);
    try (CudaStream stream = CudaStream.create(0)) {
      Gpu.set(memory, 1, stream.stream());
    }
    memory.close();
    Gpu.awaitReleases();
  }

  @Test
  void aStreamOfAnotherLibraryIsWaitedForByName() throws InterruptedException {
    try (CudaStream foreign = CudaStream.create(0);
        CudaStream named = CudaStream.of(0, foreign.stream().handle())) {
      CudaMemory memory = CudaMemory.allocate(0, 64);
      Gpu.set(memory, 1, named.stream());
      memory.close();
      Gpu.awaitReleases();
    }
  }

  @ParameterizedTest
  @EnumSource(ReleasePolicy.class)
  void anExportIsReleasedAfterItsConsumer(ReleasePolicy policy) throws InterruptedException {
    CudaMemory memory = CudaMemory.allocate(0, 64);
    CountDownLatch released = new CountDownLatch(1);
    var exported =
        CudaExporter.versioned()
            .releasing(policy)
            .export(
                memory.view(DataType.UINT8, 64),
                (Owner)
                    () -> {
                      released.countDown();
                      memory.close();
                    });
    exported.close();
    assertThat(released.await(60, TimeUnit.SECONDS)).isTrue();
    Gpu.awaitReleases();
  }

  @Test
  void aReleaseThatThrowsIsCounted() throws InterruptedException {
    ReleaseStatistics before = CudaReleases.statistics();
    CudaReleases.GATE.add(
        0,
        ReleasePolicy.AT_ONCE,
        () -> {
          throw new IllegalStateException("as the test wants it");
        });
    Gpu.awaitReleases();
    ReleaseStatistics after = CudaReleases.statistics();
    assertThat(after.failed()).isEqualTo(before.failed() + 1);
    assertThat(after.released()).isEqualTo(before.released() + 1);
    assertThat(after.pending()).isZero();
  }

  @Test
  void aCaptureIsWaitedForAndStaysValid() throws InterruptedException {
    CudaMemory memory = CudaMemory.allocate(0, 64);
    try (StreamCapture capture = StreamCapture.begin(0)) {
      memory.close();
      assertThat(CudaReleases.await(Duration.ofMillis(50))).as("released").isFalse();
      capture.end();
    }
    Gpu.awaitReleases();
    assertThat(simulator.count(SimulatorCounter.LIVE_ALLOCATIONS)).isZero();
  }

  @Test
  void askingWhetherWorkIsDoneDoesNotSpoilACapture() throws InterruptedException {
    try (CudaStream stream = CudaStream.create(0)) {
      CudaMemory memory = CudaMemory.allocate(0, 64);
      simulator.setPatience(-1);
      Gpu.set(memory, 1, stream.stream());
      memory.close();
      awaitQueries();
      try (StreamCapture capture = StreamCapture.begin(0)) {
        awaitQueries();
        capture.end();
      }
    } finally {
      simulator.setPatience(1);
    }
    Gpu.awaitReleases();
  }

  /** Until the thread that releases has asked a few times more. */
  private void awaitQueries() {
    long goal = simulator.calls("cuEventQuery") + 3;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (simulator.calls("cuEventQuery") < goal) {
      assertThat(System.nanoTime()).as("asked in time").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void aStreamThatWasNamedTwiceIsWaitedForUntilBothAreClosed() throws InterruptedException {
    try (CudaStream stream = CudaStream.create(0)) {
      CudaStream.of(0, stream.stream().handle()).close();
      CudaMemory memory = CudaMemory.allocate(0, 64);
      Gpu.set(memory, 1, stream.stream());
      memory.close();
      Gpu.awaitReleases();
    }
  }

  @Test
  void aStreamStaysWhileAReleaseRecordsOnIt() throws InterruptedException {
    ReleaseStatistics before = CudaReleases.statistics();
    CudaStream stream = CudaStream.create(0);
    CudaMemory memory = CudaMemory.allocate(0, 64);
    simulator.hold("cuEventRecord", 2); // the first one is on the legacy default
    memory.close();
    assertThat(simulator.awaitHeld(Duration.ofSeconds(60))).isTrue();
    Thread closer = Thread.ofPlatform().start(stream::close);
    awaitEndOrWaiting(closer);
    simulator.letGo();
    closer.join();
    Gpu.awaitReleases();
    assertThat(CudaReleases.statistics().stuck()).isEqualTo(before.stuck());
    assertThat(simulator.count(SimulatorCounter.LIVE_ALLOCATIONS)).isZero();
  }

  private static void awaitEndOrWaiting(Thread thread) {
    while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }

  @Test
  void workOfAStreamThatNobodyNamedIsWaitedForByItsEvent() throws InterruptedException {
    Context context = Context.of(0);
    CudaStream unnamed = CudaStream.create(0);
    Streams.removeNonBlocking(0, unnamed.stream().handle(), () -> {});
    CudaMemory memory = CudaMemory.allocate(0, 64);
    Gpu.set(memory, 1, unnamed.stream());
    CudaEvent event = newEvent(context);
    event.record(unnamed.stream());
    event.beforeReleases();
    event.record(DeviceStream.LEGACY_DEFAULT); // no more what is waited for
    memory.close();
    Gpu.awaitReleases();
    unnamed.close();
    context.events().give(event.handle());
  }

  private static CudaEvent newEvent(Context context) {
    try (var _ = context.enter()) {
      return new CudaEvent(context.ordinal(), context.events().take());
    }
  }

  @Test
  void theCallingThreadWaitsForAnEventIfItIsTheConsumer() {
    Context context = Context.of(0);
    CudaEvent event = newEvent(context);
    try (CudaStream producer = CudaStream.create(0);
        CudaMemory memory = CudaMemory.allocateManaged(0, 8)) {
      Gpu.set(memory, 3, producer.stream());
      event.record(producer.stream());
      long waits = Gpu.hostWaits();
      event.handshake().before(DeviceStream.READY);
      assertThat(Gpu.hostWaits()).isEqualTo(waits);
      event.handshake().before(DeviceStream.NONE);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 3);
    }
    context.events().give(event.handle());
  }
}
