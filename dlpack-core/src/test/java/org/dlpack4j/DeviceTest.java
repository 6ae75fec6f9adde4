package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {

  @ParameterizedTest
  @CsvSource({
    "1, cpu",
    "2, cuda",
    "3, cuda_host",
    "4, opencl",
    "7, vulkan",
    "8, metal",
    "9, vpi",
    "10, rocm",
    "11, rocm_host",
    "12, ext_dev",
    "13, cuda_managed",
    "14, one_api",
    "15, webgpu",
    "16, hexagon",
    "17, maia",
    "18, trn",
  })
  void namesEveryTypeOfDlpack(int type, String name) {
    assertThat(new Device(type, 3)).hasToString(name + ":3");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 5, 6, 19, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void keepsTypesThatItDoesNotKnow(int type) {
    Device unknown = new Device(type, -7);

    assertThat(unknown.type()).isEqualTo(type);
    assertThat(unknown.id()).isEqualTo(-7);
    assertThat(unknown).hasToString("device" + type + ":-7");
    assertThat(unknown.isHostAccessible()).isFalse();
  }

  @Test
  void leavesTheIdOutOfMainMemorysNameOnly() {
    assertThat(Device.CPU).hasToString("cpu").isEqualTo(new Device(1, 0));
    assertThat(new Device(1, 1)).hasToString("cpu:1");
    assertThat(Device.cuda(0)).hasToString("cuda:0").isEqualTo(new Device(2, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "1, true",
    "2, false",
    "3, true",
    "4, false",
    "7, false",
    "8, false",
    "9, false",
    "10, false",
    "11, true",
    "12, false",
    "13, true",
    "14, false",
    "15, false",
    "16, false",
    "17, false",
    "18, false",
  })
  void knowsWhatTheCpuCanRead(int type, boolean accessible) {
    assertThat(new Device(type, 0).isHostAccessible()).isEqualTo(accessible);
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "18, 0", "0, 0", "5, 0", "2, 7", "19, 0", "-1, 0", "-1, -1"})
  void isTheSameHoweverItIsMade(int type, int id) {
    Device device = Device.of(type, id);

    assertThat(device).isEqualTo(new Device(type, id));
    if (id == 0 && type >= 0 && type <= 18) {
      assertThat(Device.of(type, id)).as("kept").isSameAs(device);
    }
  }

  @Test
  void isMainMemoryItselfForItsNumbers() {
    assertThat(Device.of(1, 0)).isSameAs(Device.CPU);
  }

  @ParameterizedTest
  @CsvSource({
    "1, true",
    "2, true",
    "3, true",
    "10, true",
    "11, true",
    "13, true",
    "14, true",
    "0, false",
    "4, false",
    "7, false",
    "8, false",
    "9, false",
    "12, false",
    "15, false",
    "16, false",
    "17, false",
    "18, false",
    "99, false",
    "-1, false",
  })
  void saysWhereDataIsAnAddress(int type, boolean addresses) {
    assertThat(new Device(type, 0).hasAddresses()).isEqualTo(addresses);
    assertThat(new Device(type, 3).hasAddresses()).isEqualTo(addresses);
  }
}
