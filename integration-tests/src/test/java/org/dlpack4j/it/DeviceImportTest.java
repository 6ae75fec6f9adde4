package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.it.child.PoisonedDevice;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Memory that only a device may touch. */
@Tag("abuse-20")
class DeviceImportTest {

  @Test
  void theMemoryOfADeviceIsDescribedPassedOnAndNeverTouched() {
    assertThat(ChildJvm.of(PoisonedDevice.class).runsWell().output()).isEqualTo("survived\n");
  }
}
