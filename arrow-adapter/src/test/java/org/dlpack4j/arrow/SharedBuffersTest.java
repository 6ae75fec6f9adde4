package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.arrow.memory.AllocationReservation;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.dlpack4j.memory.SharedLocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrow's buffers in shared memory. */
class SharedBuffersTest extends SharedArrowMemory {

  private static SharedLocation at(ArrowBuf buffer) {
    return SharedBuffers.locate(buffer).orElseThrow();
  }

  private static SharedLocation beyond(SharedLocation start, long bytes) {
    return new SharedLocation(start.segment(), start.offset() + bytes);
  }

  @ParameterizedTest
  @CsvSource({"8, 8", "100, 128", "65537, 131072", "3000000, 4194304", "20000000, 20000000"})
  void everyBufferIsAnAlignedAllocationOfThePool(long bytes, long rounded) {
    try (ArrowBuf inFront = allocator.buffer(64);
        ArrowBuf buffer = allocator.buffer(bytes)) {
      assertThat(buffer.capacity()).as("rounded as Arrow does").isEqualTo(rounded);
      assertThat(buffer.memoryAddress() % SharedMemory.ALIGNMENT).isZero();
      assertThat(SharedMemory.locate(buffer.memoryAddress())).contains(at(buffer));
      assertThat(at(buffer)).isNotEqualTo(at(inFront));
      assertThat(at(buffer).offset() + rounded)
          .isLessThanOrEqualTo(at(buffer).segment().byteSize());
      assertThat(pool.statistics().liveAllocations()).isEqualTo(2);
      assertThat(allocator.getAllocatedMemory()).isEqualTo(64 + rounded);
      buffer.setLong(rounded - 8, -1);
      assertThat(inFront.getLong(56)).isZero();
    }
  }

  @Test
  void aSliceIsWhereItsOwnFirstByteIs() {
    try (ArrowBuf buffer = allocator.buffer(1 << 10)) {
      ArrowBuf slice = buffer.slice(200, 100);
      assertThat(SharedBuffers.locate(slice)).contains(beyond(at(buffer), 200));
      assertThat(SharedBuffers.locate(slice.slice(7, 1))).contains(beyond(at(buffer), 207));
      assertThat(SharedBuffers.locate(buffer.slice(1 << 10, 0))).as("no bytes").isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 1 << 20})
  void whatIsNotInSharedMemoryIsNowhere(long bytes) {
    try (BufferAllocator other = new RootAllocator();
        ArrowBuf foreign = other.buffer(bytes)) {
      assertThat(SharedBuffers.locate(foreign)).isEmpty();
    }
  }

  @Test
  void aBufferOfNothingIsNowhereAndTakesNothing() {
    try (ArrowBuf empty = allocator.buffer(0)) {
      assertThat(empty.capacity()).isZero();
      assertThat(SharedBuffers.locate(empty)).isEmpty();
      assertThat(SharedBuffers.locate(allocator.getEmpty())).isEmpty();
      assertThat(pool.statistics().liveAllocations()).isZero();
    }
  }

  @Test
  void aFreedBufferIsNotLocatedWhereAnotherMayBe() {
    ArrowBuf buffer = allocator.buffer(64);
    buffer.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> SharedBuffers.locate(buffer))
        .withMessage(
            "buffer: expected one that is held but found it freed; locate it before its release");
  }

  @Test
  void aBufferStaysWhereItIsWhenAnotherAllocatorTakesIt() {
    try (BufferAllocator giver = allocator.newChildAllocator("giver", 0, 1 << 20);
        BufferAllocator taker = allocator.newChildAllocator("taker", 0, 1 << 20)) {
      ArrowBuf given = giver.buffer(256);
      given.setLong(8, 42);
      SharedLocation place = at(given);

      ArrowBuf taken =
          given.getReferenceManager().transferOwnership(given, taker).getTransferredBuffer();
      given.close();

      assertThat(giver.getAllocatedMemory()).isZero();
      assertThat(taker.getAllocatedMemory()).isEqualTo(256);
      assertThat(at(taken)).isEqualTo(place);
      assertThat(taken.getLong(8)).isEqualTo(42);
      assertThat(pool.statistics().liveAllocations()).isEqualTo(1);
      taken.close();
      assertThat(pool.statistics().liveAllocations()).isZero();
    }
  }

  @Test
  void aReservationIsTakenFromThePoolWhenItIsUsed() {
    try (AllocationReservation reservation = allocator.newReservation()) {
      assertThat(reservation.add(100L)).isTrue();
      assertThat(pool.statistics().liveAllocations()).isZero();
      try (ArrowBuf buffer = reservation.allocateBuffer()) {
        assertThat(buffer.capacity()).isEqualTo(128);
        assertThat(SharedBuffers.locate(buffer)).isPresent();
      }
    }
  }

  @Test
  void tooLittleMemoryIsArrowsExceptionWithTheReasonAndCountsNothing() {
    assertThatExceptionOfType(OutOfMemoryException.class)
        .isThrownBy(() -> allocator.buffer(1L << 45))
        .withMessageMatching(
            "allocator ROOT: expected 35184372088832 bytes of shared memory but found none: .+")
        .withCauseInstanceOf(OutOfMemoryError.class);

    assertThat(allocator.getAllocatedMemory()).isZero();
    try (ArrowBuf small = allocator.buffer(64)) {
      assertThat(SharedBuffers.locate(small)).isPresent();
    }
  }

  @Test
  void theAllocatorsOwnLimitHolds() {
    try (BufferAllocator limited = allocator.newChildAllocator("limited", 0, 1024)) {
      assertThatExceptionOfType(OutOfMemoryException.class)
          .isThrownBy(() -> limited.buffer(2048))
          .withNoCause();
    }
    assertThat(pool.statistics().liveAllocations()).isZero();
  }

  @Test
  void buffersOutliveTheirPoolWhichHasNoMoreToGive() {
    ArrowBuf buffer = allocator.buffer(64);
    ArrowBuf large = allocator.buffer(3 << 20);
    pool.close();

    assertThatIllegalStateException()
        .isThrownBy(() -> allocator.buffer(64))
        .withMessage("shared memory: expected an open pool but found it closed; create another");

    assertThat(allocator.getAllocatedMemory()).isEqualTo(64 + (4 << 20));
    buffer.setLong(0, 42);
    large.setLong((4 << 20) - 8, 43);
    assertThat(at(large).segment().byteSize()).isEqualTo(4 << 20);
    buffer.close();
    large.close();
  }

  @Test
  void memoryIsZeroedUnlessThePoolsOptionsSayOtherwise() {
    assertThat(secondUse(allocator)).isZero();
    try (SharedMemory raw = SharedMemory.create(SharedMemoryOptions.DEFAULT.withoutZeroing());
        BufferAllocator dirty = SharedBuffers.allocator(raw)) {
      assertThat(secondUse(dirty)).isEqualTo(-1);
    }
  }

  /** What is in a piece of memory that another buffer had before. */
  private static long secondUse(BufferAllocator allocator) {
    for (int i = 0; i < 100_000; i++) {
      ArrowBuf first = allocator.buffer(1 << 12);
      long address = first.memoryAddress();
      first.setLong(64, -1);
      first.close();
      try (ArrowBuf second = allocator.buffer(1 << 12)) {
        if (second.memoryAddress() == address) {
          return second.getLong(64);
        }
      }
    }
    throw new AssertionError("no piece of memory was used twice");
  }

  @Test
  void threadsDoNotGetEachOthersMemory() throws Exception {
    int threads = 4;
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Callable<Long>> tasks = new ArrayList<>();
      for (int i = 1; i <= threads; i++) {
        byte mark = (byte) i;
        tasks.add(() -> allocateAndCheck(mark));
      }
      for (Future<Long> wrong : executor.invokeAll(tasks)) {
        assertThat(wrong.get()).isZero();
      }
    }
    assertThat(allocator.getAllocatedMemory()).isZero();
  }

  /** Returns how many bytes were not what this thread wrote. */
  private long allocateAndCheck(byte mark) {
    long wrong = 0;
    try (BufferAllocator own = allocator.newChildAllocator("thread " + mark, 0, Long.MAX_VALUE)) {
      ArrowBuf[] held = new ArrowBuf[16];
      for (int i = 0; i < 4000; i++) {
        int slot = i % held.length;
        wrong += held[slot] == null ? 0 : closed(held[slot], mark);
        long bytes = 1 + ThreadLocalRandom.current().nextLong(i % 500 == 0 ? 2 << 20 : 5000);
        held[slot] = own.buffer(bytes);
        for (long at = 0; at < held[slot].capacity(); at += 64) {
          held[slot].setByte(at, mark);
        }
      }
      for (ArrowBuf buffer : held) {
        wrong += closed(buffer, mark);
      }
    }
    return wrong;
  }

  private static long closed(ArrowBuf buffer, byte mark) {
    try (buffer) {
      long wrong = 0;
      for (long at = 0; at < buffer.capacity(); at += 64) {
        wrong += buffer.getByte(at) == mark ? 0 : 1;
      }
      return wrong;
    }
  }
}
