package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.dlpack4j.internal.Memory.ALL;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.dlpack4j.Device;
import org.dlpack4j.arrow.cdata.CDataAbi.DeviceArray;
import org.dlpack4j.arrow.cdata.CDataAbi.DeviceStream;
import org.dlpack4j.arrow.cdata.CDataAbi.StreamForm;
import org.dlpack4j.internal.NativeCalls;
import org.dlpack4j.internal.StreamCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams of device arrays: ours read by ourselves, and ones that are elsewhere. */
class DeviceStreamTest {

  private static final StreamForm FORM = StreamForm.DEVICE;
  private static final int CUDA = Device.Type.CUDA;

  private static long ourNext;

  private final TestAllocator allocator = new TestAllocator();
  private final Arena arena = Arena.ofConfined();
  private long struct;

  @BeforeEach
  void exportStream() {
    struct = arena.allocate(FORM.bytes(), Long.BYTES).address();
    CDataExporter.exportStreamIntoDevice(new RandomReader(allocator.get(), true), struct);
  }

  @AfterEach
  void nothingIsLeft() {
    ReleaseFunctions.releaseIfHeld(struct, FORM.release());
    arena.close();
    allocator.closeWhenReleased();
  }

  @Test
  void allBatchesArriveInOrderAndThenTheError() throws IOException {
    assertThat(ALL.get(JAVA_INT, struct + DeviceStream.DEVICE_TYPE)).isEqualTo(Device.CPU.type());
    try (ArrowReader expected = new RandomReader(allocator.get(), true);
        ArrowReader found = CDataImporter.importDeviceStream(allocator.get(), struct)) {
      assertThat(ALL.get(JAVA_LONG, struct + FORM.release())).isZero();
      for (int batch = 0; batch < RandomReader.BATCHES - 1; batch++) {
        assertThat(expected.loadNextBatch()).isTrue();
        assertThat(found.loadNextBatch()).isTrue();
        assertThat(found.getVectorSchemaRoot().equals(expected.getVectorSchemaRoot()))
            .as("batch %d", batch)
            .isTrue();
      }
      assertThatThrownBy(found::loadNextBatch)
          .isInstanceOf(IOException.class)
          .hasMessageEndingWith("the disk is gone");
    }
  }

  @Test
  void aStreamThatEndsSaysSo() throws IOException {
    ReleaseFunctions.release(struct, FORM.release());
    CDataExporter.exportStreamIntoDevice(new RandomReader(allocator.get(), false), struct);
    try (ArrowReader found = CDataImporter.importDeviceStream(allocator.get(), struct)) {
      int batches = 0;
      while (found.loadNextBatch()) {
        batches++;
      }
      assertThat(batches).isEqualTo(RandomReader.BATCHES);
    }
  }

  @Test
  void aStreamOfADeviceIsRefusedByItsNameAndStaysTheCallers() {
    ALL.set(JAVA_INT, struct + DeviceStream.DEVICE_TYPE, CUDA);
    assertThatThrownBy(() -> CDataImporter.importDeviceStream(allocator.get(), struct))
        .isInstanceOfSatisfying(
            RefusedArrayException.class,
            e ->
                assertThat(e.violations())
                    .extracting(CDataViolation::code, CDataViolation::found)
                    .containsExactly(tuple(CDataViolation.Code.DEVICE, "type 2, as cuda:0")))
        .hasMessageContaining("stream: device_type: expected cpu; copy it to main memory")
        .hasMessageEndingWith("still the caller's to release");
    assertThat(ALL.get(JAVA_LONG, struct + FORM.release())).isNotZero();
  }

  /** Called from C: a batch that is elsewhere, in a stream that says otherwise. */
  @SuppressWarnings("unused")
  private static int nextOnDevice(long stream, long out) {
    int result = StreamCalls.get(ourNext, stream, out);
    ALL.set(JAVA_INT, out + DeviceArray.DEVICE_TYPE, CUDA);
    ALL.set(JAVA_LONG, out + DeviceArray.DEVICE_ID, 3L);
    return result;
  }

  @Test
  void aBatchOfADeviceIsRefusedByItsNameAndReleased() throws IOException {
    ourNext = ALL.get(JAVA_LONG, struct + FORM.getNext());
    long next = NativeCalls.stub(MethodHandles.lookup(), "nextOnDevice", StreamCalls.GET);
    ALL.set(JAVA_LONG, struct + FORM.getNext(), next);
    try (ArrowReader found = CDataImporter.importDeviceStream(allocator.get(), struct)) {
      assertThatThrownBy(found::loadNextBatch)
          .isInstanceOf(RefusedArrayException.class)
          .hasMessageContaining("batch: device_type: expected cpu; copy it to main memory")
          .hasMessageContaining("found cuda:3");
    }
  }

  @Test
  void aReleasedStreamIsRefused() {
    ReleaseFunctions.release(struct, FORM.release());
    assertThatThrownBy(() -> CDataImporter.importDeviceStream(allocator.get(), struct))
        .isInstanceOf(RefusedArrayException.class)
        .hasMessageContaining("stream: release: expected one not yet released but found NULL");
  }
}
