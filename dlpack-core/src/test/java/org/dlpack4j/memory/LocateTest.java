package org.dlpack4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.Concurrently;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From addresses to segments. */
class LocateTest {

  private static final long LARGE = 2L << 20;

  @BeforeAll
  static void needsLinux() {
    assumeThat(SharedMemory.lack()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 100_000, 2 << 20, (2 << 20) + 1, 50 << 20})
  void findsEveryByteOfASegmentAndNoneBesideIt(long bytes) {
    try (SharedMemory pool = SharedMemory.create();
        SharedAllocation allocation = pool.allocate(bytes)) {
      SharedSegment segment = allocation.location().segment();
      long size = segment.byteSize();
      Random random = new Random(bytes);

      assertThat(SharedMemory.locate(allocation.address())).contains(allocation.location());
      for (int i = 0; i < 1000; i++) {
        long offset = i == 0 ? 0 : i == 1 ? size - 1 : random.nextLong(size);
        assertThat(SharedMemory.locate(segment.address() + offset))
            .contains(new SharedLocation(segment, offset));
      }
      for (long outside : new long[] {segment.address() - 1, segment.address() + size}) {
        assertThat(SharedMemory.locate(outside))
            .isNotEqualTo(SharedMemory.locate(segment.address()))
            .satisfies(
                found -> found.ifPresent(at -> assertThat(at.segment()).isNotSameAs(segment)));
      }
    }
  }

  @Test
  void findsNothingElsewhere() {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(SharedMemory.locate(arena.allocate(64).address())).isEmpty();
    }
    for (long address : new long[] {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 48, 1L << 57}) {
      assertThat(SharedMemory.locate(address)).isEmpty();
    }
  }

  @Test
  void forgetsASegmentThatIsGone() {
    try (SharedMemory pool = SharedMemory.create(SharedMemoryOptions.DEFAULT.keeping(0))) {
      SharedAllocation allocation = pool.allocate(100 * LARGE);
      SharedSegment segment = allocation.location().segment();
      long address = allocation.address();
      allocation.close();

      assertThat(SharedMemory.locate(address + 42 * LARGE))
          .satisfies(found -> found.ifPresent(at -> assertThat(at.segment()).isNotSameAs(segment)));
    }
  }

  @Test
  void answersRightWhileSegmentsComeAndGo() throws InterruptedException {
    AtomicBoolean done = new AtomicBoolean();
    try (SharedMemory pool = SharedMemory.create(SharedMemoryOptions.DEFAULT.keeping(0));
        SharedAllocation small = pool.allocate(64);
        SharedAllocation large = pool.allocate(3 * LARGE)) {
      Concurrently.run(
          3,
          thread -> {
            if (thread == 0) {
              try {
                comeAndGo(pool);
              } finally {
                done.set(true);
              }
            }
            do {
              assertThat(SharedMemory.locate(small.address())).contains(small.location());
              assertThat(SharedMemory.locate(large.address() + 2 * LARGE + 5))
                  .contains(new SharedLocation(large.location().segment(), 2 * LARGE + 5));
            } while (!done.get());
          });
    }
  }

  private static void comeAndGo(SharedMemory pool) {
    for (int round = 0; round < 50; round++) {
      List<SharedAllocation> allocations = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        allocations.add(pool.allocate(LARGE));
      }
      allocations.forEach(SharedAllocation::close);
    }
  }
}
