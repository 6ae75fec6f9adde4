package org.dlpack4j.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;
import org.junit.jupiter.api.Test;

/** Main memory's runtime, one that an adapter brings, and what core does by them. */
class DeviceRuntimeTest {

  private static final DeviceStream PRODUCER = DeviceStream.of(7);
  private static final DeviceStream CONSUMER = DeviceStream.of(8);

  @Test
  void isFoundByTheDevice() {
    Device device = RecordingRuntime.newDevice(1);
    assertThat(DeviceRuntimes.of(device)).isInstanceOf(RecordingRuntime.class);
    assertThat(DeviceRuntimes.of(Device.CPU)).isInstanceOf(CpuRuntime.class);
    assertThat(DeviceRuntimes.of(device).currentStream(device)).isEqualTo(DeviceStream.of(0x11));
    assertThat(DeviceRuntimes.find(Device.cuda(5))).isEmpty();
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> DeviceRuntimes.of(Device.cuda(5)))
        .withMessageStartingWith("device: expected one that is served but found cuda:5; put the");
  }

  @Test
  void orWhoeverAsksWaits() {
    Device device = RecordingRuntime.newDevice(2);
    Handshake handshake = Handshake.after(device, PRODUCER);
    handshake.before(CONSUMER);
    handshake.before(DeviceStream.NONE);
    handshake.before(DeviceStream.READY);
    Handshake.READY.before(CONSUMER);
    assertThat(RecordingRuntime.records(device))
        .containsExactly("stream 0x8 waits for stream 0x7", "host waits for stream 0x7");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> Handshake.after(Device.cuda(6), PRODUCER));
  }

  @Test
  void ofMainMemoryHasNoStreams() {
    DeviceRuntime cpu = DeviceRuntimes.of(Device.CPU);
    assertThat(cpu.currentStream(Device.CPU)).isEqualTo(DeviceStream.NONE);
    cpu.order(Device.CPU, DeviceStream.NONE, DeviceStream.READY);
    cpu.synchronize(Device.CPU, DeviceStream.NONE);
    Handshake.after(Device.CPU, DeviceStream.NONE).before(DeviceStream.NONE);
    assertThat(cpu.locate(0x1000)).isEmpty();
    for (Runnable wrong :
        new Runnable[] {
          () -> cpu.order(Device.CPU, CONSUMER, DeviceStream.NONE),
          () -> cpu.order(Device.CPU, DeviceStream.NONE, CONSUMER),
          () -> cpu.synchronize(Device.CPU, DeviceStream.LEGACY_DEFAULT),
          () -> cpu.copyToHost(Device.CPU, 0, MemorySegment.NULL, CONSUMER),
        }) {
      assertThatIllegalArgumentException()
          .isThrownBy(wrong::run)
          .withMessageStartingWith("stream: expected none, as main memory has none, but found");
    }
  }

  @Test
  void saysWhatMemoryAnAddressIsIn() {
    Device device = RecordingRuntime.newDevice(3);
    RecordingRuntime.put(device, 0x70_0000L, Arena.global().allocate(16));
    assertThat(DeviceRuntimes.of(device).locate(0x70_0008L))
        .contains(new DeviceMemory(device, 0x70_0000L, 16));
    assertThat(DeviceRuntimes.of(device).locate(0x70_0010L)).isEmpty();
  }

  @Test
  void readsARowCountAfterTheWorkThatComputesIt() {
    Device device = RecordingRuntime.newDevice(4);
    MemorySegment bytes = Arena.global().allocate(16, 8);
    bytes.set(ValueLayout.JAVA_INT, 4, 3);
    RecordingRuntime.put(device, 0x80_0000L, bytes);
    TensorView count =
        new TensorView(
            0x80_0004L, DataType.UINT32, device, TensorLayout.contiguous(), false, false);
    Table table = table(5);

    assertThat(table.firstRows(count, PRODUCER).rows()).isEqualTo(3);
    assertThat(RecordingRuntime.records(device))
        .containsExactly("copy of 4 bytes after stream 0x7");

    bytes.set(ValueLayout.JAVA_INT, 4, -1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table.firstRows(count, PRODUCER))
        .withMessage("row count: expected 0 to 5 but found 4294967295 on ext_dev:4");
  }

  @Test
  void readsARowCountInMainMemory() {
    MemorySegment bytes = Arena.global().allocate(8, 8);
    bytes.set(ValueLayout.JAVA_LONG, 0, 5);
    TensorView count = TensorView.of(bytes, DataType.UINT64, 1);
    assertThat(table(5).firstRows(count, DeviceStream.NONE).rows()).isEqualTo(5);
    bytes.set(ValueLayout.JAVA_LONG, 0, -1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table(5).firstRows(count, DeviceStream.NONE))
        .withMessageContaining("but found 18446744073709551615 on cpu");
  }

  private static Table table(long rows) {
    MemorySegment data = Arena.global().allocate(rows, 8);
    return Table.of(Column.of("x", TensorView.of(data, DataType.INT8, rows)));
  }

  @Test
  void readsNothingButOneInteger() {
    MemorySegment bytes = Arena.global().allocate(16, 8);
    for (TensorView wrong :
        new TensorView[] {
          TensorView.of(bytes, DataType.FLOAT32, 1),
          TensorView.of(bytes, DataType.INT64, 2),
          TensorView.of(bytes, DataType.INT4, 1),
          TensorView.of(bytes, DataType.INT64, 0),
          TensorView.of(bytes, new DataType(DataType.Code.INT, 32, 2), 1),
        }) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> DeviceScalar.read(wrong, DeviceStream.NONE))
          .withMessageStartingWith("scalar: expected one integer of whole bytes but found");
    }
  }
}
