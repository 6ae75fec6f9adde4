package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.device.DeviceRuntime;
import org.dlpack4j.device.DeviceRuntimes;
import org.dlpack4j.device.DeviceScalar;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.device.Handshake;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The handshake, by the runtime that core finds. */
@ExtendWith(Gpu.class)
class CudaRuntimeTest {

  private static final Device DEVICE = Device.cuda(0);

  private final DeviceRuntime runtime = DeviceRuntimes.of(DEVICE);

  @Test
  void isFoundByCore() {
    assertThat(runtime).isInstanceOf(CudaRuntime.class);
    assertThat(runtime.serves(Device.cuda(99))).isFalse();
    assertThat(runtime.serves(new Device(Device.Type.ROCM, 0))).isFalse();
    assertThat(DeviceRuntimes.find(new Device(Device.Type.CUDA_HOST, 0))).containsSame(runtime);
  }

  @Test
  void withoutAHandshakeTheConsumerReadsWhatWasThereBefore() {
    Gpu.simulator();
    assertThat(readAfter(Handshake.READY)).isEqualTo((byte) 1);
  }

  @Test
  void withOneItReadsWhatTheProducerWrote() {
    try (CudaStream producer = CudaStream.create(0);
        CudaStream consumer = CudaStream.create(0);
        CudaMemory memory = CudaMemory.allocate(0, 64)) {
      for (int i = 0; i < 2000; i++) {
        Gpu.set(memory, i, producer.stream());
        Handshake.after(DEVICE, producer.stream()).before(consumer.stream());
        assertThat(read(memory, consumer.stream())).isEqualTo((byte) i);
      }
    }
  }

  private byte readAfter(Handshake handshake) {
    try (CudaStream producer = CudaStream.create(0);
        CudaStream consumer = CudaStream.create(0);
        CudaMemory memory = CudaMemory.allocate(0, 64)) {
      Gpu.set(memory, 1, producer.stream());
      producer.synchronize();
      Gpu.set(memory, 2, producer.stream());
      handshake.before(consumer.stream());
      return read(memory, consumer.stream());
    }
  }

  private byte read(CudaMemory memory, DeviceStream stream) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(memory.byteSize());
      runtime.copyToHost(DEVICE, memory.address(), target, stream);
      return target.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1);
    }
  }

  @Test
  void theHostWaitsWhenItIsTheConsumer() {
    try (CudaStream producer = CudaStream.create(0);
        CudaMemory memory = CudaMemory.allocateManaged(0, 8)) {
      Gpu.set(memory, 3, producer.stream());
      Handshake.after(DEVICE, producer.stream()).before(DeviceStream.NONE);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 3);
    }
  }

  @Test
  void theDefaultsOrderThemselves() {
    try (CudaMemory memory = CudaMemory.allocate(0, 64)) {
      Gpu.set(memory, 5, DeviceStream.PER_THREAD_DEFAULT);
      runtime.order(DEVICE, DeviceStream.PER_THREAD_DEFAULT, DeviceStream.LEGACY_DEFAULT);
      assertThat(read(memory, DeviceStream.LEGACY_DEFAULT)).isEqualTo((byte) 5);
    }
  }

  @Test
  void aHandshakeCostsTheHostNoWait() {
    Gpu.simulator();
    try (CudaStream producer = CudaStream.create(0);
        CudaStream consumer = CudaStream.create(0)) {
      long before = Gpu.hostWaits();
      Handshake.after(DEVICE, producer.stream()).before(consumer.stream());
      assertThat(Gpu.hostWaits()).isEqualTo(before);
    }
  }

  @Test
  void arraysOnTheHeapAreCopiedTo() {
    try (CudaMemory memory = CudaMemory.allocate(0, 3)) {
      Gpu.set(memory, 7, DeviceStream.LEGACY_DEFAULT);
      byte[] target = new byte[3];
      runtime.copyToHost(
          DEVICE, memory.address(), MemorySegment.ofArray(target), DeviceStream.LEGACY_DEFAULT);
      assertThat(HexFormat.of().formatHex(target)).isEqualTo("070707");
    }
  }

  @Test
  void aNumberOfTheDeviceIsRead() {
    try (CudaMemory memory = CudaMemory.allocate(0, 4)) {
      Gpu.set(memory, 1, DeviceStream.LEGACY_DEFAULT);
      assertThat(DeviceScalar.read(memory.view(DataType.INT32), DeviceStream.LEGACY_DEFAULT))
          .isEqualTo(0x01010101);
    }
  }

  @Test
  void streamsThatAreNoneAreRefused() {
    assertThatThrownBy(() -> runtime.order(DEVICE, DeviceStream.NONE, DeviceStream.LEGACY_DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected one of CUDA's");
  }

  @Test
  void addressesOfNobodyAreNotLocated() {
    assertThat(runtime.locate(0)).isEmpty();
    assertThat(runtime.locate(4096)).isEmpty();
  }
}
