package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.dlpack4j.Device;
import org.dlpack4j.device.DeviceRuntimes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** What needs a process of its own: no driver, or no device. */
@DisabledIfSystemProperty(
    named = "dlpack4j.gpu",
    matches = "real",
    disabledReason = "only the simulated driver can be missing")
class CudaAloneTest {

  @Test
  void withoutADriverThereIsOneReasonAndNothingFails() throws Exception {
    assertThat(Program.run(WithoutCuda.class, Map.of()))
        .contains("available: false")
        .contains("runtime: false")
        .contains("devices: []")
        .contains("missing: expected NVIDIA's driver, libcuda.so.1, but the loader found none")
        .contains("allocate: UnsupportedOperationException: CUDA: expected NVIDIA's driver");
  }

  @Test
  void withADriverButNoDeviceThereIsTheDriversReason() throws Exception {
    assertThat(
            Program.run(WithoutCuda.class, Map.of("simulated", "true", "CUDA_VISIBLE_DEVICES", "")))
        .contains("available: false")
        .contains("devices: []")
        .contains("CUDA_ERROR_NO_DEVICE");
  }

  @Test
  void withoutNativeAccessTheReasonIsTheFlag() throws Exception {
    assertThat(Program.run(WithoutCuda.class, Map.of(), "--illegal-native-access=deny"))
        .contains("available: false")
        .contains("start it with --enable-native-access=ALL-UNNAMED");
  }

  /** Prints what there is. */
  static final class WithoutCuda {
    public static void main(String[] args) {
      Program.loadIfAsked();
      Program.print("available: " + Cuda.isAvailable());
      Program.print("missing: " + Cuda.missing().orElse(""));
      Program.print("devices: " + Cuda.devices());
      Program.print("runtime: " + DeviceRuntimes.find(Device.cuda(0)).isPresent());
      try {
        CudaMemory.allocate(0, 1);
      } catch (UnsupportedOperationException e) {
        Program.print("allocate: " + e.getClass().getSimpleName() + ": " + e.getMessage());
      }
    }
  }
}
