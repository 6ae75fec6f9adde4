package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dlpack4j.internal.Memory.ALL;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.dlpack4j.arrow.cdata.CDataAbi.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams of batches: ours read by ourselves. */
class StreamTest {

  private final TestAllocator allocator = new TestAllocator();
  private final Arena arena = Arena.ofConfined();
  private long struct;

  @BeforeEach
  void allocateStruct() {
    struct = arena.allocate(Stream.BYTES, Long.BYTES).address();
  }

  @AfterEach
  void nothingIsLeft() {
    arena.close();
    allocator.closeWhenReleased();
  }

  private RandomReader reader() {
    return new RandomReader(allocator.get(), false);
  }

  @Test
  void allBatchesArriveInOrder() throws IOException {
    CDataExporter.exportStreamInto(reader(), struct);
    try (ArrowReader expected = reader();
        ArrowReader found = CDataImporter.importStream(allocator.get(), struct)) {
      assertThat(ALL.get(JAVA_LONG, struct + Stream.RELEASE)).isZero();
      VectorSchemaRoot root = found.getVectorSchemaRoot();
      int batches = 0;
      while (expected.loadNextBatch()) {
        assertThat(found.loadNextBatch()).isTrue();
        assertThat(root.equals(expected.getVectorSchemaRoot())).as("batch %d", batches).isTrue();
        assertThat(found.lookup(0).getVector().getObject(7))
            .isEqualTo(expected.lookup(0).getVector().getObject(7));
        batches++;
      }
      assertThat(batches).isEqualTo(RandomReader.BATCHES);
      assertThat(found.loadNextBatch()).isFalse();
      assertThat(found.loadNextBatch()).isFalse();
      assertThat(found.bytesRead()).isPositive();
      assertThat(root.getSchema()).isEqualTo(RandomReader.SCHEMA);
      assertThat(found.getDictionaryVectors()).containsOnlyKeys(0L);
    }
  }

  @Test
  void aBatchOutlivesTheStream() throws IOException {
    CDataExporter.exportStreamInto(reader(), struct);
    List<FieldVector> kept = new ArrayList<>();
    try (ArrowReader found = CDataImporter.importStream(allocator.get(), struct)) {
      while (found.loadNextBatch()) {
        FieldVector vector = found.getVectorSchemaRoot().getVector("number");
        var pair = vector.getTransferPair(allocator.get());
        pair.transfer();
        kept.add((FieldVector) pair.getTo());
      }
    }
    assertThat(kept).extracting(FieldVector::getValueCount).containsExactly(0, 10, 20, 30, 40);
    kept.forEach(FieldVector::close);
  }

  @Test
  void anExceptionOfTheReaderArrivesWithItsMessage() throws IOException {
    CDataExporter.exportStreamInto(new RandomReader(allocator.get(), true), struct);
    try (ArrowReader found = CDataImporter.importStream(allocator.get(), struct)) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < RandomReader.BATCHES; i++) {
                  assertThat(found.loadNextBatch()).isTrue();
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessage(
              "stream: expected get_next to succeed but found error 5: java.io.IOException: the"
                  + " disk is gone");
    }
  }

  @Test
  void aReaderWithoutASchemaLeavesTheStreamWithTheCaller() {
    ArrowReader none =
        new ArrowStreamReader(new ByteArrayInputStream(new byte[] {1, 2, 3}), allocator.get());
    CDataExporter.exportStreamInto(none, struct);
    assertThatThrownBy(() -> CDataImporter.importStream(allocator.get(), struct))
        .hasMessageContaining("expected get_schema to succeed but found error 5");
    assertThat(ALL.get(JAVA_LONG, struct + Stream.RELEASE)).isNotZero();
    ReleaseFunctions.release(struct, Stream.RELEASE);
    assertThat(ALL.get(JAVA_LONG, struct + Stream.RELEASE)).isZero();
  }

  @Test
  void aStreamThatWasReleasedIsRefused() throws IOException {
    CDataExporter.exportStreamInto(reader(), struct);
    ReleaseFunctions.release(struct, Stream.RELEASE);
    assertThatThrownBy(() -> CDataImporter.importStream(allocator.get(), struct))
        .isInstanceOf(RefusedArrayException.class)
        .hasMessageContaining("stream: release: expected one not yet released but found NULL");
  }

  @Test
  void aStreamWithoutFunctionsIsRefused() throws IOException {
    CDataExporter.exportStreamInto(reader(), struct);
    long next = ALL.get(JAVA_LONG, struct + Stream.GET_NEXT);
    ALL.set(JAVA_LONG, struct + Stream.GET_NEXT, 0L);
    assertThatThrownBy(() -> CDataImporter.importStream(allocator.get(), struct))
        .isInstanceOf(RefusedArrayException.class)
        .hasMessageContaining("stream: get_next: expected a function's address but found 0x0");
    ALL.set(JAVA_LONG, struct + Stream.GET_NEXT, next);
    ReleaseFunctions.release(struct, Stream.RELEASE);
  }

  @Test
  void theReaderIsClosedSoonAfterTheRelease() {
    RandomReader reader = reader();
    CDataExporter.exportStreamInto(reader, struct);
    assertThat(reader.isClosed()).isFalse();
    ReleaseFunctions.release(struct, Stream.RELEASE);
    allocator.awaitAllocated(0);
    assertThat(reader.isClosed()).isTrue();
  }

  @Test
  void aClosedReaderSaysSo() throws IOException {
    CDataExporter.exportStreamInto(reader(), struct);
    ArrowReader found = CDataImporter.importStream(allocator.get(), struct);
    found.close();
    found.close();
    assertThatThrownBy(found::loadNextBatch)
        .hasMessage("stream: expected it to be open but found it closed");
  }
}
