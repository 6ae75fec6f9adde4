package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.cuda.Program.SIMULATED;
import static org.dlpack4j.cuda.Program.print;
import static org.dlpack4j.cuda.internal.DriverLibrary.function;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dlpack4j.Device;
import org.dlpack4j.cuda.internal.DriverFunction;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.cudasim.SimulatorCounter;
import org.dlpack4j.device.DeviceStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * Devices that fail, are reset, or are gone: nothing is freed that may be in use, and it is said.
 */
@DisabledIfSystemProperty(
    named = "dlpack4j.gpu",
    matches = "real",
    disabledReason = "only the simulated driver fails when it is told to")
class CudaFaultsTest {

  @Test
  void aDeviceThatHasFailedReleasesNothingAndSaysSoOnce() throws Exception {
    String output = Program.run(FailedDevice.class, devices(2));
    assertThat(output)
        .contains("stuck: 3")
        .contains("failed: 0")
        .contains("the other device's: released")
        .contains("CUDA_ERROR_ILLEGAL_ADDRESS")
        .doesNotContain("must not be released");
    assertThat(output.split("cuda:0: nothing of it is released any more: ", -1)).hasSize(2);
  }

  @Test
  void whatWasInADeviceThatWasResetIsNotFreedAgain() throws Exception {
    assertThat(Program.run(ResetDevice.class, devices(2)))
        .contains("stuck: 1")
        .contains("CUDA_ERROR_CONTEXT_IS_DESTROYED")
        .contains("in the new context: released")
        .contains("pinned: released")
        .contains("stream: released")
        .contains("wrong frees: 0");
  }

  @Test
  void aDriverThatIsGoneAtExitIsNoError() throws Exception {
    assertThat(Program.run(GoneDriver.class, devices(2)))
        .contains("stuck: 3")
        .doesNotContain("ERROR")
        .doesNotContain("SEVERE")
        .doesNotContain("must not be released");
  }

  @Test
  void withoutMemoryForAnEventItIsTriedAgain() throws Exception {
    assertThat(Program.run(NoEvent.class, SIMULATED)).contains("released: 1").contains("stuck: 0");
  }

  @Test
  void aCaptureThatNeverEndsHoldsUpNeitherTheProgramsEndNorItsDevice() throws Exception {
    assertThat(Program.run(EndlessCapture.class, SIMULATED)).contains("pending: 1");
  }

  @Test
  void aDeviceThatOnlyAnotherLibraryUsesIsWaitedFor() throws Exception {
    assertThat(Program.run(OthersDevice.class, devices(2))).contains("uses after free: 0");
  }

  @Test
  void manyDevicesReleaseWhatEachAndAllOfThemUsed() throws Exception {
    assertThat(Program.run(ManyDevices.class, devices(16)))
        .contains("live: 0")
        .contains("stuck: 0")
        .contains("uses after free: 0");
  }

  private static Map<String, String> devices(int count) {
    Map<String, String> environment = new HashMap<>(SIMULATED);
    environment.put("CUDASIM_DEVICES", Integer.toString(count));
    return environment;
  }

  private static void awaitReleases() throws InterruptedException {
    assertThat(CudaReleases.await(Duration.ofSeconds(60))).as("released in time").isTrue();
  }

  /** Lets one of two devices fail while it holds something. */
  static final class FailedDevice {
    public static void main(String[] args) throws InterruptedException {
      CudaSimulator simulator = CudaSimulator.load();
      CountDownLatch first = new CountDownLatch(1);
      CudaReleases.GATE.add(0, ReleasePolicy.EVENTS, first::countDown);
      assertThat(first.await(60, TimeUnit.SECONDS)).isTrue();
      simulator.fail("cuEventQuery", 1, 700);
      CudaReleases.GATE.add(0, ReleasePolicy.EVENTS, FailedDevice::mustNot);
      awaitReleases();
      CudaReleases.GATE.add(0, ReleasePolicy.SYNCHRONIZE, FailedDevice::mustNot);
      CudaReleases.GATE.add(
          new Users(Context.of(1), true), ReleasePolicy.EVENTS, FailedDevice::mustNot);
      CudaReleases.GATE.add(1, ReleasePolicy.EVENTS, () -> print("the other device's: released"));
      awaitReleases();
      print("stuck: " + CudaReleases.statistics().stuck());
      print("failed: " + CudaReleases.statistics().failed());
    }

    private static void mustNot() {
      print("must not be released");
    }
  }

  /** Resets both devices under what is there. */
  static final class ResetDevice {
    private static void reset(int ordinal) {
      DriverFunction reset = function("cuDevicePrimaryCtxReset_v2", JAVA_INT);
      CudaException.call(reset, Context.device(ordinal));
    }

    public static void main(String[] args) throws InterruptedException {
      CudaSimulator simulator = CudaSimulator.load();
      CudaMemory memory = CudaMemory.allocate(1, 64);
      CudaStream stream = CudaStream.create(1);
      reset(1);
      memory.close();
      awaitReleases();
      print("stuck: " + CudaReleases.statistics().stuck());
      release(CudaMemory.allocate(1, 64), "in the new context");
      CudaMemory pinned = CudaMemory.allocatePinned(64);
      reset(1);
      release(pinned, "pinned");
      try {
        stream.close();
      } catch (CudaException e) {
        release(CudaMemory.allocate(1, 64), "stream");
      }
      print(
          "wrong frees: "
              + (simulator.count(SimulatorCounter.DOUBLE_FREES)
                  + simulator.count(SimulatorCounter.INVALID_FREES)));
    }

    private static void release(CudaMemory memory, String name) throws InterruptedException {
      long before = CudaReleases.statistics().released();
      memory.close();
      awaitReleases();
      print(name + (CudaReleases.statistics().released() > before ? ": released" : ": stuck"));
    }
  }

  /** Ends the driver under the thread that releases. */
  static final class GoneDriver {
    public static void main(String[] args) throws InterruptedException {
      CudaSimulator simulator = CudaSimulator.load();
      CudaReleases.GATE.add(0, ReleasePolicy.EVENTS, () -> {});
      awaitReleases();
      simulator.setPatience(-1);
      CudaReleases.GATE.add(0, ReleasePolicy.EVENTS, () -> print("must not be released"));
      simulator.deinitialize();
      CudaReleases.GATE.add(0, ReleasePolicy.AT_ONCE, () -> print("must not be released"));
      CudaReleases.GATE.add(
          Users.of(Device.of(Device.Type.CUDA_HOST, 0)),
          ReleasePolicy.EVENTS,
          () -> print("must not be released"));
      awaitReleases();
      print("stuck: " + CudaReleases.statistics().stuck());
    }
  }

  /** Has no memory for the first event. */
  static final class NoEvent {
    public static void main(String[] args) throws InterruptedException {
      CudaSimulator simulator = CudaSimulator.load();
      CudaMemory memory = CudaMemory.allocate(0, 64);
      simulator.fail("cuEventCreate", 1, 2);
      memory.close();
      awaitReleases();
      print("released: " + CudaReleases.statistics().released());
      print("stuck: " + CudaReleases.statistics().stuck());
    }
  }

  /** Captures, and ends before the capture does. */
  static final class EndlessCapture {
    public static void main(String[] args) throws InterruptedException {
      CudaSimulator.load();
      CudaMemory memory = CudaMemory.allocate(0, 64);
      StreamCapture capture = StreamCapture.begin(0);
      memory.close();
      assertThat(CudaReleases.await(Duration.ofMillis(100))).isFalse();
      CudaRuntime.synchronize(0, DeviceStream.PER_THREAD_DEFAULT);
      print("pending: " + CudaReleases.statistics().pending() + " during " + capture.stream());
    }
  }

  /** Works on a device that this module was never asked for. */
  static final class OthersDevice {
    public static void main(String[] args) throws InterruptedException {
      CudaSimulator simulator = CudaSimulator.load();
      CudaMemory pinned = CudaMemory.allocatePinned(64);
      try (Arena arena = Arena.ofConfined()) {
        var out = arena.allocate(JAVA_LONG);
        DriverFunction setCurrent = function("cuCtxSetCurrent", JAVA_LONG);
        CudaException.call(CudaDriver.cuDevicePrimaryCtxRetain, out.address(), 1);
        CudaException.call(setCurrent, out.get(JAVA_LONG, 0));
        CudaException.call(
            CudaDriver.cuMemsetD8Async, pinned.address(), 1, pinned.byteSize(), Streams.LEGACY);
        CudaException.call(setCurrent, 0);
      }
      pinned.close();
      awaitReleases();
      simulator.runAll();
      print("uses after free: " + simulator.count(SimulatorCounter.USES_AFTER_FREE));
    }
  }

  /** Uses memory of each device, and pinned memory on all of them. */
  static final class ManyDevices {
    public static void main(String[] args) throws InterruptedException {
      CudaSimulator simulator = CudaSimulator.load();
      CudaMemory pinned = CudaMemory.allocatePinned(64);
      for (CudaDevice device : Cuda.devices()) {
        CudaMemory memory = CudaMemory.allocate(device.ordinal(), 64);
        Gpu.set(memory, 1, DeviceStream.LEGACY_DEFAULT);
        Gpu.set(pinned, 1, device.ordinal(), DeviceStream.LEGACY_DEFAULT);
        memory.close();
      }
      pinned.close();
      awaitReleases();
      simulator.runAll();
      print("live: " + simulator.count(SimulatorCounter.LIVE_ALLOCATIONS));
      print("stuck: " + CudaReleases.statistics().stuck());
      print("uses after free: " + simulator.count(SimulatorCounter.USES_AFTER_FREE));
    }
  }
}
