package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exchange.ExchangeApi;
import org.dlpack4j.exchange.ExchangeException;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.junit.jupiter.api.Test;

/** Java calls tables that were compiled from C. */
class ForeignExchangeTablesTest {

  @Test
  void aTableBehindTwoNewerOnesIsFoundAndAllocates() {
    ExchangeApi api = ExchangeApi.of(ExchangeConsumer.table("chained"));
    assertThat(api.version()).isEqualTo(new DlpackVersion(1, 1));

    try (ImportedTensor tensor = api.allocate(DataType.FLOAT64, Device.CPU, 2, 3)) {
      assertThat(ExchangeConsumer.live()).isEqualTo(1);
      tensor.elements().setDouble(1.5, 1, 2);
      assertThat(tensor.elements().getDouble(1, 2)).isEqualTo(1.5);
      assertThat(tensor.view().layout().strides()).containsExactly(3, 1);
    }
    assertThat(ExchangeConsumer.live()).isZero();
  }

  @Test
  void aTensorOnADeviceIsLeftToThePolicy() {
    ExchangeApi api = ExchangeApi.of(ExchangeConsumer.table("chained"));
    try (ImportedTensor tensor =
        api.with(ImportPolicy.DEFAULT.anyDevice()).allocate(DataType.INT8, Device.cuda(3), 4)) {
      assertThat(tensor.view().device()).isEqualTo(Device.cuda(3));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> api.allocate(DataType.INT8, Device.cuda(3), 4))
        .withMessageEndingWith("It has been discarded");
    assertThat(ExchangeConsumer.live()).isZero();
    assertThat(api.currentWorkStream(Device.cuda(3))).isEqualTo(DeviceStream.of(203));
  }

  @Test
  void theAllocatorsReasonIsTheMessage() {
    ExchangeApi api = ExchangeApi.of(ExchangeConsumer.table("chained"));
    assertThatExceptionOfType(ExchangeException.class)
        .isThrownBy(() -> api.allocate(DataType.INT8, Device.CPU, 1, 1, 1))
        .withMessage("managed_tensor_allocator: ValueError: a small tensor only");
  }

  @Test
  void theReasonMayComeFromAnotherThread() {
    ExchangeApi api = ExchangeApi.of(ExchangeConsumer.table("failing"));
    assertThatExceptionOfType(ExchangeException.class)
        .isThrownBy(() -> api.allocate(DataType.INT8, Device.CPU, 1))
        .withMessage("managed_tensor_allocator: MemoryError: none left, says another thread");
  }

  @Test
  void aTableAllOfWhoseFunctionsFailLeavesAReasonForEach() {
    ExchangeApi api = ExchangeApi.of(ExchangeConsumer.table("failing"));
    assertThatExceptionOfType(ExchangeException.class)
        .isThrownBy(() -> api.currentWorkStream(Device.CPU))
        .withMessage(
            "current_work_stream: RuntimeError: it returned -1 and raised no Python exception");
    assertThatIllegalStateException()
        .isThrownBy(() -> api.fromPython(0x1000))
        .withMessageContaining("expected a process that runs Python but found none");
  }

  @Test
  void aCycleOfNewerTablesIsRefused() {
    long table = ExchangeConsumer.table("cyclic");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExchangeApi.of(table))
        .withMessageContaining("version: expected a table of version 1.x but found 2.0 at 0x")
        .withMessageContaining("seems to be a cycle");
  }
}
