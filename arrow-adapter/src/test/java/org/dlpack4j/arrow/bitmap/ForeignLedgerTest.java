package org.dlpack4j.arrow.bitmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.OwnershipTransferResult;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ours and Arrow's own ledgers; in Arrow's debug mode, and beside a listener, Arrow's own only. */
class ForeignLedgerTest {

  private static final int BYTES = 64;

  /** For allocators that only Arrow itself counts for. */
  private static final AllocationListener LISTENER = new AllocationListener() {};

  /** Nobody's memory, of which only the end is looked at. */
  private static final class Foreign extends ForeignBuffers {
    final AtomicInteger releases = new AtomicInteger();

    Foreign(BufferAllocator allocator) {
      super(allocator, BYTES, 0);
    }

    @Override
    protected void releaseMemory() {
      releases.incrementAndGet();
    }
  }

  @Test
  void theMemoryIsCountedUntilItsLastReferenceGoes() {
    try (BufferAllocator allocator = new RootAllocator()) {
      Foreign memory = new Foreign(allocator);
      ArrowBuf buffer = memory.buffer(4096, BYTES);
      buffer.getReferenceManager().retain();
      memory.close();

      assertThat(allocator.getAllocatedMemory()).isEqualTo(BYTES);
      assertThat(buffer.refCnt()).isEqualTo(1);
      assertThat(buffer.getActualMemoryConsumed()).isEqualTo(BYTES);
      assertThat(memory.releases).hasValue(0);

      buffer.close();
      assertThat(allocator.getAllocatedMemory()).isZero();
      assertThat(memory.releases).hasValue(1);
    }
  }

  @Test
  void whatIsGoneIsNeitherHeldNorReleasedAgain() {
    try (BufferAllocator allocator = new RootAllocator()) {
      Foreign memory = new Foreign(allocator);
      ArrowBuf buffer = memory.buffer(4096, BYTES);
      memory.close();

      assertThatIllegalArgumentException().isThrownBy(() -> buffer.getReferenceManager().retain());
      assertThatIllegalStateException().isThrownBy(buffer::close);
      assertThat(memory.releases).hasValue(1);
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void anAllocatorThatHasNotSoMuchSaysSoAndCountsNothing() {
    try (BufferAllocator root = new RootAllocator();
        BufferAllocator small = root.newChildAllocator("small", 0, BYTES - 1)) {
      assertThatExceptionOfType(OutOfMemoryException.class).isThrownBy(() -> new Foreign(small));

      assertThat(small.getAllocatedMemory()).isZero();
      assertThat(root.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void anAllocatorThatEndedTakesNothingBack() {
    BufferAllocator allocator = new RootAllocator();
    Foreign memory = new Foreign(allocator);
    assertThatIllegalStateException().isThrownBy(allocator::close);

    assertThatIllegalStateException().isThrownBy(memory::close);
    assertThat(memory.releases).hasValue(0);
  }

  @Test
  void listenersAreTold() {
    AtomicLong told = new AtomicLong();
    AllocationListener listener =
        new AllocationListener() {
          @Override
          public void onAllocation(long size) {
            told.addAndGet(size);
          }

          @Override
          public void onRelease(long size) {
            told.addAndGet(-size);
          }
        };
    try (BufferAllocator allocator = new RootAllocator(listener, Long.MAX_VALUE)) {
      Foreign memory = new Foreign(allocator);
      assertThat(told).hasValue(BYTES);

      memory.close();
      assertThat(told).hasValue(0);
    }
  }

  @Test
  void anAllocatorOfAnotherRootIsRefused() {
    try (BufferAllocator allocator = new RootAllocator();
        BufferAllocator other = new RootAllocator()) {
      Foreign memory = new Foreign(allocator);
      ArrowBuf buffer = memory.buffer(4096, BYTES);

      assertThatIllegalStateException()
          .isThrownBy(() -> buffer.getReferenceManager().retain(buffer, other));
      assertThatIllegalStateException()
          .isThrownBy(() -> buffer.getReferenceManager().transferOwnership(buffer, other));

      assertThat(buffer.refCnt()).isEqualTo(1);
      memory.close();
      assertThat(memory.releases).hasValue(1);
    }
  }

  @Test
  void oneOfTheOthersCountsTheMemoryWhenTheFirstIsDone() {
    try (BufferAllocator root = new RootAllocator();
        BufferAllocator one = root.newChildAllocator("one", 0, BYTES);
        BufferAllocator two = root.newChildAllocator("two", 0, BYTES);
        BufferAllocator three = root.newChildAllocator("three", 0, BYTES)) {
      Foreign memory = new Foreign(one);
      ArrowBuf buffer = memory.buffer(4096, BYTES);
      ArrowBuf second = buffer.getReferenceManager().retain(buffer, two);
      ArrowBuf third = second.getReferenceManager().retain(second, three);
      assertThat(one.getAllocatedMemory()).isEqualTo(BYTES);
      assertThat(root.getAllocatedMemory()).isEqualTo(BYTES);

      memory.close();
      assertThat(one.getAllocatedMemory()).isZero();
      assertThat(two.getAllocatedMemory() + three.getAllocatedMemory()).isEqualTo(BYTES);
      second.close();
      assertThat(three.getAllocatedMemory()).isEqualTo(BYTES);
      assertThat(memory.releases).hasValue(0);
      third.close();
      assertThat(root.getAllocatedMemory()).isZero();
      assertThat(memory.releases).hasValue(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void whateverIsDoneArrowsOwnLedgersWouldHaveCountedTheSame(int seed) {
    Random random = new Random(seed);
    for (int run = 0; run < 25; run++) {
      try (World ours = new World(AllocationListener.NOOP);
          World arrows = new World(LISTENER)) {
        assertThat(ours.state()).isEqualTo(arrows.state());
        for (int step = 0; step < 40 && ours.isHeld(); step++) {
          int what = random.nextInt(6);
          int which = random.nextInt(ours.held.size());
          assertThat(ours.did(what, which)).isEqualTo(arrows.did(what, which));
          assertThat(ours.state()).isEqualTo(arrows.state());
        }
      }
    }
  }

  /** Memory, two allocators, of which one is too small for it, and who holds it. */
  private static final class World implements AutoCloseable {
    final BufferAllocator root;
    final BufferAllocator large;
    final BufferAllocator small;
    final Foreign memory;
    final List<ArrowBuf> held = new ArrayList<>();

    World(AllocationListener listener) {
      root = new RootAllocator(listener, Long.MAX_VALUE);
      large = root.newChildAllocator("large", 0, Long.MAX_VALUE);
      small = root.newChildAllocator("small", 0, BYTES - 1);
      memory = new Foreign(large);
      held.add(memory.buffer(4096, BYTES));
    }

    boolean isHeld() {
      return !held.isEmpty();
    }

    /** One step, and what it returned. */
    Object did(int what, int which) {
      ArrowBuf buffer = held.get(which);
      switch (what) {
        case 0 -> {
          buffer.getReferenceManager().retain();
          held.add(buffer);
        }
        case 1 -> held.set(which, buffer.slice(buffer.capacity() / 2, buffer.capacity() / 2));
        case 2 -> held.add(buffer.getReferenceManager().retain(buffer, small));
        case 3, 4 -> {
          OwnershipTransferResult result =
              buffer.getReferenceManager().transferOwnership(buffer, what == 3 ? small : large);
          held.add(result.getTransferredBuffer());
          return result.getAllocationFit();
        }
        default -> {
          held.remove(which);
          return buffer.getReferenceManager().release();
        }
      }
      return what;
    }

    List<Object> state() {
      List<Object> state = new ArrayList<>();
      for (ArrowBuf buffer : held) {
        state.add(buffer.memoryAddress());
        state.add(buffer.capacity());
        state.add(buffer.writerIndex());
        state.add(buffer.refCnt());
        state.add(buffer.getActualMemoryConsumed());
        state.add(buffer.getReferenceManager().getSize());
        state.add(buffer.getReferenceManager().getAllocator().getName());
      }
      state.add(root.getAllocatedMemory());
      state.add(large.getAllocatedMemory());
      state.add(small.getAllocatedMemory());
      state.add(memory.releases.get());
      return state;
    }

    @Override
    public void close() {
      held.forEach(ArrowBuf::close);
      assertThat(memory.releases).hasValue(1);
      small.close();
      large.close();
      root.close();
    }
  }

  @Test
  void threadsThatPassTheMemoryOnReleaseItOnce() throws Exception {
    try (BufferAllocator root = new RootAllocator();
        BufferAllocator one = root.newChildAllocator("one", 0, Long.MAX_VALUE);
        BufferAllocator two = root.newChildAllocator("two", 0, Long.MAX_VALUE);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int round = 0; round < 200; round++) {
        Foreign memory = new Foreign(one);
        ArrowBuf buffer = memory.buffer(4096, BYTES);
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          BufferAllocator target = i % 2 == 0 ? two : one;
          buffer.getReferenceManager().retain();
          futures.add(threads.submit(() -> passOn(buffer, target)));
        }
        memory.close();
        for (Future<?> future : futures) {
          future.get();
        }
        assertThat(memory.releases).hasValue(1);
        assertThat(root.getAllocatedMemory()).isZero();
      }
    }
  }

  private static void passOn(ArrowBuf buffer, BufferAllocator target) {
    ArrowBuf retained = buffer.getReferenceManager().retain(buffer, target);
    buffer.close();
    ArrowBuf passed =
        retained.getReferenceManager().transferOwnership(retained, target).getTransferredBuffer();
    retained.close();
    passed.close();
  }
}
