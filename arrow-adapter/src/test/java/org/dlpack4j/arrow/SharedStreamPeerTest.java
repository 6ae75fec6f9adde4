package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.dlpack4j.memory.SharedMemory;
import org.junit.jupiter.api.Test;

/** Arrow's own streams over shared memory. */
class SharedStreamPeerTest {

  @Test
  void recordBatchesAreStreamedIntoSharedMemoryAndOutOfIt() throws IOException {
    assumeThat(SharedMemory.lack()).isEmpty();
    try (SharedMemory pool = SharedMemory.create();
        BufferAllocator allocator = SharedBuffers.allocator(pool);
        BigIntVector numbers = new BigIntVector("numbers", allocator);
        VarCharVector texts = new VarCharVector("texts", allocator);
        ArrowBuf stream = allocator.buffer(1 << 20)) {
      for (int row = 0; row < 1000; row++) {
        numbers.setSafe(row, row);
      }
      numbers.setValueCount(1000);
      texts.setSafe(7, "seven".getBytes(StandardCharsets.UTF_8));
      texts.setValueCount(1000);
      write(List.of(numbers, texts), stream);

      byte[] bytes = new byte[(int) stream.writerIndex()];
      stream.getBytes(0, bytes);
      try (ArrowStreamReader reader =
          new ArrowStreamReader(new ByteArrayInputStream(bytes), allocator)) {
        assertThat(reader.loadNextBatch()).isTrue();
        VectorSchemaRoot root = reader.getVectorSchemaRoot();
        BigIntVector read = (BigIntVector) root.getVector("numbers");
        assertThat(SharedBuffers.locate(read))
            .isPresent()
            .isNotEqualTo(SharedBuffers.locate(numbers));
        assertThat(read.get(999)).isEqualTo(999);
        assertThat(root.getVector("texts").getObject(7)).hasToString("seven");
        assertThat(root.getVector("texts").isNull(8)).isTrue();
      }
    }
  }

  private static void write(List<FieldVector> vectors, ArrowBuf target) throws IOException {
    try (ArrowStreamWriter writer =
        new ArrowStreamWriter(new VectorSchemaRoot(vectors), null, new BufferChannel(target))) {
      writer.writeBatch();
    }
  }

  /** Appends to a buffer. */
  private record BufferChannel(ArrowBuf target) implements WritableByteChannel {

    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      target.setBytes(target.writerIndex(), source);
      target.writerIndex(target.writerIndex() + count);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {
      // The buffer is its owner's.
    }
  }
}
