package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.dlpack4j.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Gpu.class)
class CudaTest {

  @Test
  void devicesHaveTheirOrdinalsAndNamesOfTheirOwn() {
    assertThat(Cuda.isAvailable()).isTrue();
    assertThat(Cuda.driverVersion()).isGreaterThanOrEqualTo(12000);
    assertThat(Cuda.devices()).extracting(CudaDevice::uuid).doesNotHaveDuplicates();
    for (int i = 0; i < Cuda.devices().size(); i++) {
      CudaDevice device = Cuda.device(i);
      assertThat(device.ordinal()).isEqualTo(i);
      assertThat(device.device()).isEqualTo(new Device(Device.Type.CUDA, i));
      assertThat(device.name()).isNotBlank();
      assertThat(device.totalBytes()).isPositive();
    }
  }

  @Test
  void aDeviceThatIsNotThereIsNamed() {
    int count = Cuda.devices().size();
    assertThatThrownBy(() -> Cuda.device(count))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("device: expected an ordinal below %d but found %d", count, count);
    assertThatThrownBy(() -> Cuda.device(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
