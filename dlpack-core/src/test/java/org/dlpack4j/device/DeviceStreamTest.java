package org.dlpack4j.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.dlpack4j.Device;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams, and the numbers that Python has for them. */
class DeviceStreamTest {

  @ParameterizedTest
  @CsvSource({
    "cuda, , LEGACY_DEFAULT, 0",
    "cuda, 1, LEGACY_DEFAULT, 0",
    "cuda, 2, PER_THREAD_DEFAULT, 0",
    "cuda, -1, READY, 0",
    "cuda, 3, HANDLE, 3",
    "cuda_managed, 4096, HANDLE, 4096",
    "rocm, , LEGACY_DEFAULT, 0",
    "rocm, 0, LEGACY_DEFAULT, 0",
    "rocm, -1, READY, 0",
    "rocm, 3, HANDLE, 3",
    "cpu, , NONE, 0",
    "cuda_host, , NONE, 0",
    "rocm_host, , NONE, 0",
    "ext_dev, , NONE, 0",
    "ext_dev, 1, HANDLE, 1",
    "ext_dev, -1, READY, 0",
  })
  void areWhatPythonMeans(
      String device, @Nullable Long number, DeviceStream.Kind kind, long handle) {
    assertThat(DeviceStream.ofPython(device(device), number))
        .isEqualTo(new DeviceStream(kind, handle));
  }

  @ParameterizedTest
  @CsvSource({
    "cuda, 0, LEGACY_DEFAULT, 0",
    "cuda, 1, LEGACY_DEFAULT, 0",
    "cuda, 2, PER_THREAD_DEFAULT, 0",
    "cuda_managed, 140000000000000, HANDLE, 140000000000000",
    "rocm, 0, LEGACY_DEFAULT, 0",
    "rocm, 2, PER_THREAD_DEFAULT, 0",
    "ext_dev, 0, LEGACY_DEFAULT, 0",
    "ext_dev, 2, HANDLE, 2",
    "cpu, 0, NONE, 0",
    "cpu, 77, NONE, 0",
    "cuda_host, 0, NONE, 0",
  })
  void areWhatALibraryGivesOut(String device, long pointer, DeviceStream.Kind kind, long handle) {
    assertThat(DeviceStream.ofNative(device(device), pointer))
        .isEqualTo(new DeviceStream(kind, handle));
  }

  @ParameterizedTest
  @CsvSource({
    "cuda, 0",
    "cuda, -2",
    "rocm, 1",
    "rocm, 2",
    "rocm, -2",
    "cpu, 0",
    "cpu, 1",
    "cpu, -1",
    "cuda_host, 1",
    "rocm_host, -1",
    "ext_dev, 0",
    "ext_dev, -2",
  })
  void ofANumberThatTheDeviceMayNotBeGivenAreRefused(String device, long number) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeviceStream.ofPython(device(device), number))
        .withMessageStartingWith("stream: expected None")
        .withMessageEndingWith("but found " + number);
  }

  private static Device device(String name) {
    return switch (name) {
      case "cuda" -> Device.cuda(0);
      case "cuda_managed" -> new Device(Device.Type.CUDA_MANAGED, 0);
      case "cuda_host" -> new Device(Device.Type.CUDA_HOST, 0);
      case "rocm" -> new Device(Device.Type.ROCM, 0);
      case "rocm_host" -> new Device(Device.Type.ROCM_HOST, 0);
      case "ext_dev" -> new Device(Device.Type.EXT_DEV, 0);
      default -> Device.CPU;
    };
  }

  @Test
  void goToPythonAsTheNumbersThatTheyCameFrom() {
    Device cuda = Device.cuda(1);
    assertThat(DeviceStream.LEGACY_DEFAULT.toPython(cuda)).isEqualTo(1);
    assertThat(DeviceStream.PER_THREAD_DEFAULT.toPython(cuda)).isEqualTo(2);
    assertThat(DeviceStream.READY.toPython(cuda)).isEqualTo(-1);
    assertThat(DeviceStream.of(77).toPython(cuda)).isEqualTo(77);
    assertThat(DeviceStream.NONE.toPython(cuda)).isNull();
    assertThat(DeviceStream.NONE.toPython(Device.CPU)).isNull();
    assertThat(DeviceStream.LEGACY_DEFAULT.toPython(device("rocm"))).isEqualTo(0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeviceStream.PER_THREAD_DEFAULT.toPython(device("rocm")));
    assertThatIllegalArgumentException().isThrownBy(() -> DeviceStream.READY.toPython(Device.CPU));
    assertThatIllegalArgumentException()
        .as("a handle that Python takes for a default")
        .isThrownBy(() -> DeviceStream.of(2).toPython(cuda))
        .withMessage("stream: expected one that Python can name of cuda:1 but found stream 0x2");
  }

  @Test
  void haveAHandleIfALibraryMadeThem() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeviceStream.of(0))
        .withMessage("stream: expected a handle of a stream that has one but found 0x0 of HANDLE");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DeviceStream(DeviceStream.Kind.NONE, 1));
    assertThat(DeviceStream.of(-1)).hasToString("stream 0xffffffffffffffff");
    assertThat(DeviceStream.NONE).hasToString("stream NONE");
  }
}
