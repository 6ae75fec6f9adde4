package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.cudasim.SimulatorCounter;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.Exports;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The driver that tests run on: the simulated one, or with {@code -Ddlpack4j.gpu=real} the
 * machine's. After each test nothing may be left in the simulated one.
 */
public final class Gpu implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {

  private static final boolean REAL = "real".equals(System.getProperty("dlpack4j.gpu"));

  private static final Duration LONG = Duration.ofSeconds(60);

  private long before;

  /**
   * The simulated driver, or the test is skipped.
   *
   * @return the one of this process
   */
  public static CudaSimulator simulator() {
    assumeTrue(!REAL, "only the simulated driver can show this");
    return Simulated.DRIVER;
  }

  private static final class Simulated {
    static final CudaSimulator DRIVER = CudaSimulator.load().withDevices(2);
  }

  /** Skips the test without a GPU. */
  public static void requireReal(String why) {
    assumeTrue(REAL, why);
  }

  /** Skips the test where there is one device only. */
  public static void requireTwoDevices() {
    assumeTrue(Cuda.devices().size() > 1, "expected two devices but found one");
  }

  /** How often a thread of the host has waited for the device; a real one does not tell. */
  static long hostWaits() {
    return REAL ? 0 : hostWaits(Simulated.DRIVER);
  }

  private static long hostWaits(CudaSimulator simulator) {
    return simulator.calls("cuStreamSynchronize")
        + simulator.calls("cuEventSynchronize")
        + simulator.calls("cuCtxSynchronize");
  }

  /** Queues a change of memory. */
  public static void set(CudaMemory memory, int value, DeviceStream stream) {
    set(memory, value, memory.ordinal(), stream);
  }

  /** Queues a change of memory, on any device that reaches it. */
  static void set(CudaMemory memory, int value, int ordinal, DeviceStream stream) {
    try (var _ = Context.of(ordinal).enter()) {
      CudaException.call(
          CudaDriver.cuMemsetD8Async,
          memory.address(),
          value,
          memory.byteSize(),
          Streams.handle(stream));
    }
  }

  /** What was let go is released; exports that are out stay out. */
  public static void awaitReleasesOfDevice() throws InterruptedException {
    Exports.releasePending();
    assertThat(CudaReleases.await(LONG)).as("released in time").isTrue();
  }

  /** An adopted tensor that is closed may be another export, which may hold an adopted tensor. */
  public static void awaitReleases() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      assertThat(CudaReleases.await(LONG)).as("released in time").isTrue();
      assertThat(Exports.awaitReleased(owner -> true, LONG)).as("released in time").isTrue();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    if (!REAL) {
      assertThat(Simulated.DRIVER).isNotNull();
    }
    assertThat(Cuda.missing()).isEmpty();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (!REAL) {
      before = Simulated.DRIVER.count(SimulatorCounter.LIVE_ALLOCATIONS);
      Simulated.DRIVER.resetCounters();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    Staging.freeIdle();
    awaitReleases();
    if (!REAL) {
      assertThat(Simulated.DRIVER.count(SimulatorCounter.LIVE_ALLOCATIONS)).isEqualTo(before);
      assertThat(Simulated.DRIVER.count(SimulatorCounter.DOUBLE_FREES)).isZero();
      assertThat(Simulated.DRIVER.count(SimulatorCounter.INVALID_FREES)).isZero();
    }
  }
}
