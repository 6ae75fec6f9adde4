package org.dlpack4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.dlpack4j.Concurrently;
import org.dlpack4j.Owner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads at once: every allocation carries a pattern that nobody else writes. */
class SharedMemoryStressTest {

  private static final int ROUNDS = 20_000;

  private final TestKernel kernel = new TestKernel();
  private final AtomicLong patterns = new AtomicLong();

  @BeforeAll
  static void needsLinux() {
    assumeThat(SharedMemory.lack()).isEmpty();
  }

  @AfterEach
  void leavesNothingBehind() {
    assertThat(kernel.files()).isZero();
    assertThat(kernel.mappings()).isZero();
  }

  /** An allocation and what must be in it. */
  private record Marked(SharedAllocation allocation, long pattern) {

    static Marked of(SharedMemory pool, long bytes, long pattern, boolean zeroed) {
      SharedAllocation allocation = pool.allocate(bytes);
      MemorySegment segment = allocation.segment();
      if (zeroed) {
        requireEqual(0, segment.get(JAVA_LONG, 0));
        requireEqual(0, segment.get(JAVA_LONG, bytes / 2 & -8));
        requireEqual(0, segment.get(JAVA_LONG, bytes - 8));
      }
      write(segment, pattern);
      return new Marked(allocation, pattern);
    }

    void close() {
      check();
      write(allocation.segment(), -1);
      allocation.close();
    }

    void release() {
      check();
      Owner owner = allocation.intoOwner();
      owner.release();
    }

    private void check() {
      MemorySegment segment = allocation.segment();
      long bytes = segment.byteSize();
      requireEqual(pattern, segment.get(JAVA_LONG, 0));
      requireEqual(pattern, segment.get(JAVA_LONG, bytes / 2 & -8));
      requireEqual(pattern, segment.get(JAVA_LONG, bytes - 8));
    }

    private static void write(MemorySegment segment, long value) {
      long bytes = segment.byteSize();
      segment.set(JAVA_LONG, 0, value);
      segment.set(JAVA_LONG, bytes / 2 & -8, value);
      segment.set(JAVA_LONG, bytes - 8, value);
    }

    private static void requireEqual(long expected, long found) {
      if (expected != found) {
        throw new AssertionError("expected " + expected + " but found " + found);
      }
    }
  }

  private static long size(Random random) {
    return switch (random.nextInt(100)) {
      case 0 -> (1L << 20) + 8L * random.nextInt(200_000);
      case 1, 2, 3 -> 8L * (1 + random.nextInt(20_000));
      default -> 8L * (1 + random.nextInt(200));
    };
  }

  private void work(SharedMemory pool, long seed, Queue<Marked> passedOn, boolean zeroed) {
    Random random = new Random(seed);
    ArrayDeque<Marked> held = new ArrayDeque<>();
    for (int i = 0; i < ROUNDS; i++) {
      if (held.size() < 1 + random.nextInt(50)) {
        held.add(Marked.of(pool, size(random), patterns.incrementAndGet(), zeroed));
      } else if (random.nextInt(4) == 0) {
        passedOn.add(held.remove());
        Marked other = passedOn.poll();
        if (other != null) {
          other.release();
        }
      } else {
        held.remove().close();
      }
      if (random.nextInt(2000) == 0) {
        pool.trim();
      }
    }
    held.forEach(Marked::close);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nobodyGetsWhatAnotherHolds(boolean zeroed) throws InterruptedException {
    SharedMemoryOptions options = SharedMemoryOptions.DEFAULT.keeping(8 << 20);
    SharedMemory pool = new SharedMemory(kernel, zeroed ? options : options.withoutZeroing());
    Queue<Marked> passedOn = new ConcurrentLinkedQueue<>();
    try (pool) {
      Concurrently.run(4, thread -> work(pool, thread, passedOn, zeroed));
      assertThat(pool.statistics().liveAllocations()).isEqualTo(passedOn.size());
      passedOn.forEach(Marked::close);
      assertThat(pool.statistics().liveAllocations()).isZero();
      assertThat(pool.statistics().liveBytes()).isZero();
      assertThat(pool.statistics().doubleFrees()).isZero();
      assertThat(pool.statistics().mappedBytes())
          .as("what 4 threads hold at once is far less than they got in all")
          .isLessThan(256 << 20);
      pool.trim();
      assertThat(pool.statistics()).isEqualTo(new SharedMemoryStatistics(0, 0, 0, 0, 0, 0, 0));
    }
  }

  @Test
  void servesVirtualThreadsWithoutKeepingMemoryForEach()
      throws InterruptedException, ExecutionException {
    int threads = 10_000;
    CountDownLatch allHold = new CountDownLatch(threads);
    try (SharedMemory pool = new SharedMemory(kernel, SharedMemoryOptions.DEFAULT);
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        running.add(
            executor.submit(
                () -> {
                  Marked marked = Marked.of(pool, 8 + thread % 1000 * 8, thread, true);
                  allHold.countDown();
                  allHold.await();
                  marked.close();
                  return null;
                }));
      }
      for (Future<?> future : running) {
        future.get();
      }
      assertThat(pool.statistics().liveAllocations()).isZero();
      assertThat(pool.statistics().mappedBytes()).isLessThanOrEqualTo(128 << 20);
    }
  }

  @Test
  void losesNothingWhenItIsClosedUnderThreadsThatAllocate() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      SharedMemory pool = new SharedMemory(kernel, SharedMemoryOptions.DEFAULT);
      Concurrently.run(
          4,
          thread -> {
            if (thread == 0) {
              pool.close();
              return;
            }
            try {
              for (int i = 0; i < 200; i++) {
                Marked.of(pool, i % 50 == 49 ? 2 << 20 : 64 << i % 8, i, true).close();
              }
            } catch (IllegalStateException e) {
              assertThat(e).hasMessageContaining("found it closed");
            }
          });
      pool.close();
      assertThat(kernel.files()).isZero();
    }
  }
}
