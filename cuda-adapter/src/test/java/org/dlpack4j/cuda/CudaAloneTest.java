package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dlpack4j.Device;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.device.DeviceRuntimes;
import org.junit.jupiter.api.Test;

/** What needs a process of its own: no driver, no device, a device that has failed. */
class CudaAloneTest {

  @Test
  void withoutADriverThereIsOneReasonAndNothingFails() throws Exception {
    assertThat(run(WithoutCuda.class, Map.of()))
        .contains("available: false")
        .contains("runtime: false")
        .contains("devices: []")
        .contains("missing: expected NVIDIA's driver, libcuda.so.1, but the loader found none")
        .contains("allocate: UnsupportedOperationException: CUDA: expected NVIDIA's driver");
  }

  @Test
  void withADriverButNoDeviceThereIsTheDriversReason() throws Exception {
    assertThat(run(WithoutCuda.class, Map.of("simulated", "true", "CUDA_VISIBLE_DEVICES", "")))
        .contains("available: false")
        .contains("devices: []")
        .contains("CUDA_ERROR_NO_DEVICE");
  }

  @Test
  void withoutNativeAccessTheReasonIsTheFlag() throws Exception {
    assertThat(run(WithoutCuda.class, Map.of(), "--illegal-native-access=deny"))
        .contains("available: false")
        .contains("start it with --enable-native-access=ALL-UNNAMED");
  }

  @Test
  void aDeviceThatHasFailedReleasesNothingAndSaysSo() throws Exception {
    assertThat(run(FailedDevice.class, Map.of("simulated", "true")))
        .contains("stuck: 2")
        .contains("failed: 0")
        .contains("cuda:0: nothing of it is released any more: ")
        .contains("CUDA_ERROR_ILLEGAL_ADDRESS");
  }

  /** Prints what there is. */
  static final class WithoutCuda {
    public static void main(String[] args) {
      loadIfAsked();
      print("available: " + Cuda.isAvailable());
      print("missing: " + Cuda.missing().orElse(""));
      print("devices: " + Cuda.devices());
      print("runtime: " + DeviceRuntimes.find(Device.cuda(0)).isPresent());
      try {
        CudaMemory.allocate(0, 1);
      } catch (UnsupportedOperationException e) {
        print("allocate: " + e.getClass().getSimpleName() + ": " + e.getMessage());
      }
    }
  }

  /** Lets the device fail while it holds something. */
  static final class FailedDevice {
    public static void main(String[] args) throws InterruptedException {
      loadIfAsked();
      CountDownLatch first = new CountDownLatch(1);
      CudaReleases.GATE.add(0, ReleasePolicy.EVENTS, first::countDown);
      assertThat(first.await(60, TimeUnit.SECONDS)).isTrue();
      CudaSimulator.load().fail("cuEventQuery", 1, 700);
      CudaReleases.GATE.add(0, ReleasePolicy.EVENTS, () -> print("released"));
      assertThat(CudaReleases.await(Duration.ofSeconds(60))).isTrue();
      CudaReleases.GATE.add(0, ReleasePolicy.EVENTS, () -> print("released"));
      assertThat(CudaReleases.await(Duration.ofSeconds(60))).isTrue();
      print("stuck: " + CudaReleases.statistics().stuck());
      print("failed: " + CudaReleases.statistics().failed());
    }
  }

  private static void loadIfAsked() {
    if (System.getenv("simulated") != null) {
      CudaSimulator.load();
    }
  }

  private static void print(String line) {
    System.out.println(line);
  }

  private static String run(Class<?> program, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
    command.addAll(
        options.length > 0 ? List.of(options) : List.of("--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
