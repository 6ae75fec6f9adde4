package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.util.TransferPair;
import org.dlpack4j.arrow.SharedBuffers;
import org.dlpack4j.memory.SharedLocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NumPy in another process, on an Arrow column where it lies. */
class ArrowPeerTest {

  @BeforeAll
  static void needsLinux() {
    assumeTrue(SharedMemory.lack().isEmpty(), () -> SharedMemory.lack().orElseThrow());
  }

  private static List<String> peer(String what, BigIntVector vector) throws IOException {
    SharedLocation data = SharedBuffers.locate(vector).orElseThrow();
    SharedLocation validity = SharedBuffers.locate(vector.getValidityBuffer()).orElseThrow();
    assertThat(validity.segment()).as("one buffer has both").isSameAs(data.segment());
    ChildProcess peer =
        ChildProcess.run(
            List.of(
                PythonEnvironment.python().toString(),
                PythonEnvironment.SCRIPTS.resolve("arrow_peer.py").toString(),
                what,
                data.segment().path().toString(),
                Long.toString(data.offset()),
                Long.toString(validity.offset()),
                Integer.toString(vector.getValueCount())),
            ChildJvm.TIMEOUT);
    assertThat(peer.exitCode()).as("%s", peer).isZero();
    return peer.output().lines().toList();
  }

  private static BigIntVector squares(BufferAllocator allocator, int count) {
    BigIntVector vector = new BigIntVector("squares", allocator);
    vector.allocateNew(count);
    for (int i = 0; i < count; i++) {
      vector.set(i, (long) i * i);
    }
    vector.setValueCount(count);
    return vector;
  }

  private static long sumOfSquares(long from, long to) {
    return LongStream.range(from, to).map(i -> i * i).sum();
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1_000_000})
  void readsTheColumnThatJavaWrote(int count) throws IOException {
    try (SharedMemory pool = SharedMemory.create();
        BufferAllocator allocator = SharedBuffers.allocator(pool);
        ArrowBuf inFront = allocator.buffer(640);
        BigIntVector vector = squares(allocator, count)) {
      assertThat(SharedBuffers.locate(inFront)).isNotEqualTo(SharedBuffers.locate(vector));
      vector.setNull(3);
      assertThat(peer("read", vector))
          .containsExactly(
              "nulls 1",
              "sum " + (sumOfSquares(0, count) - 9),
              "last " + (count - 1L) * (count - 1L));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1_000_000})
  void readsASliceFromItsOwnFirstRow(int count) throws IOException {
    try (SharedMemory pool = SharedMemory.create();
        BufferAllocator allocator = SharedBuffers.allocator(pool);
        BigIntVector vector = squares(allocator, count)) {
      TransferPair pair = vector.getTransferPair(allocator);
      pair.splitAndTransfer(16, count - 20);
      try (BigIntVector slice = (BigIntVector) pair.getTo()) {
        assertThat(peer("read", slice))
            .containsExactly(
                "nulls 0",
                "sum " + sumOfSquares(16, count - 4),
                "last " + (count - 5L) * (count - 5L));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1_000_000})
  void writesTheColumnThatJavaReads(int count) throws IOException {
    try (SharedMemory pool = SharedMemory.create(SharedMemoryOptions.DEFAULT.writableByPeers());
        BufferAllocator allocator = SharedBuffers.allocator(pool);
        BigIntVector vector = squares(allocator, count)) {
      assertThat(peer("write", vector)).isEmpty();

      long wrong = LongStream.range(0, count).filter(i -> vector.get((int) i) != -3 * i).count();
      assertThat(wrong).as("rows that are not the peer's").isZero();
      assertThat(vector.getNullCount()).isZero();
    }
  }
}
