package org.dlpack4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlpack4j.Concurrently;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user of a pool sees. */
class SharedMemoryTest {

  private static final long LARGE = 2L << 20;

  private final TestKernel kernel = new TestKernel();
  private final SharedMemory pool = new SharedMemory(kernel, SharedMemoryOptions.DEFAULT);

  @BeforeAll
  static void needsLinux() {
    assumeThat(SharedMemory.lack()).isEmpty();
  }

  @AfterEach
  void leavesNothingBehind() {
    pool.close();
    assertThat(kernel.files()).isZero();
    assertThat(kernel.mappings()).isZero();
  }

  private SharedMemoryStatistics statistics() {
    return pool.statistics();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 64, 100, 4096, 65536, 1 << 20, (1 << 20) + 1, 5 << 20})
  void givesOutMemoryOfTheSizeAskedForThatJavaCanWrite(long bytes) {
    try (SharedAllocation allocation = pool.allocate(bytes)) {
      MemorySegment segment = allocation.segment();

      assertThat(segment.byteSize()).isEqualTo(allocation.byteSize()).isEqualTo(bytes);
      assertThat(segment.address()).isEqualTo(allocation.address());
      assertThat(allocation.address() % SharedMemory.ALIGNMENT).isZero();
      segment.fill((byte) 42);
      assertThat(segment.elements(JAVA_BYTE).allMatch(at -> at.get(JAVA_BYTE, 0) == 42)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 64, 128, 256, 1024, 4096})
  void alignsAsAskedFor(long alignment) {
    List<SharedAllocation> allocations = new ArrayList<>();
    for (long bytes : new long[] {0, 1, 65, 300, 1000, 5000, 70_000, 1 << 20, 3 << 20}) {
      for (int i = 0; i < 3; i++) {
        SharedAllocation allocation = pool.allocate(bytes, alignment);
        allocations.add(allocation);
        assertThat(allocation.address() % alignment).isZero();
        assertThat(allocation.location().offset() % alignment).isZero();
      }
    }
    allocations.forEach(SharedAllocation::close);
  }

  @Test
  void refusesSizesAndAlignmentsThatThereAreNot() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> pool.allocate(-1))
        .withMessage("bytes: expected 0 or more but found -1");
    for (long alignment : new long[] {0, -64, 3, 8192, Long.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> pool.allocate(1, alignment))
          .withMessage("alignment: expected a power of two up to 4096 but found " + alignment);
    }
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> pool.allocate(Long.MAX_VALUE))
        .withMessage(
            "shared memory: expected at most 70368744177600 bytes but found 9223372036854775807");
  }

  @Test
  void putsSmallAllocationsIntoOneSegmentAndGivesEachLargeOneItsOwn() {
    SharedAllocation small = pool.allocate(64);
    SharedAllocation medium = pool.allocate(100_000);
    SharedAllocation large = pool.allocate(LARGE);
    SharedAllocation another = pool.allocate(LARGE);

    assertThat(medium.location().segment()).isSameAs(small.location().segment());
    assertThat(large.location().offset()).isZero();
    assertThat(Set.of(small, large, another))
        .extracting(allocation -> allocation.location().segment().id())
        .doesNotHaveDuplicates();
    assertThat(kernel.files()).isEqualTo(3);
    List.of(small, medium, large, another).forEach(SharedAllocation::close);
  }

  @ParameterizedTest
  @CsvSource({"64, 10000", "1000, 1000", "65536, 100", "1048576, 10", "2097152, 5"})
  void neverGivesOutTheSameBytesTwice(long bytes, int count) {
    List<SharedAllocation> allocations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SharedAllocation allocation = pool.allocate(bytes);
      allocation.segment().set(JAVA_LONG, 0, i);
      allocation.segment().set(JAVA_LONG, bytes - 8, i);
      allocations.add(allocation);
    }
    for (int i = 0; i < count; i++) {
      assertThat(allocations.get(i).segment().get(JAVA_LONG, 0)).isEqualTo(i);
      assertThat(allocations.get(i).segment().get(JAVA_LONG, bytes - 8)).isEqualTo(i);
    }
    allocations.forEach(SharedAllocation::close);
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 1000, 65536, LARGE})
  void reusesWhatWasGivenBack(long bytes) {
    Set<Long> addresses = new HashSet<>();
    List<SharedAllocation> allocations = new ArrayList<>();
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 10; i++) {
        allocations.add(pool.allocate(bytes));
        addresses.add(allocations.getLast().address());
      }
      allocations.forEach(SharedAllocation::close);
      allocations.clear();
    }

    assertThat(addresses.size()).isLessThanOrEqualTo(Span.MAX_BLOCKS);
    assertThat(statistics().mappedBytes())
        .isEqualTo(bytes == LARGE ? 10 * LARGE : Chunk.SHARED_BYTES);
  }

  @Test
  void usesMemoryOfOneSizeForAnotherBeforeItAsksForMore() {
    List<SharedAllocation> allocations = new ArrayList<>();
    while (statistics().segments() < 2) {
      allocations.add(pool.allocate(1000));
    }
    allocations.forEach(SharedAllocation::close);
    allocations.clear();
    for (int i = 0; i < 7; i++) {
      allocations.add(pool.allocate(1 << 20));
    }

    assertThat(statistics().segments()).isEqualTo(2);
    allocations.forEach(SharedAllocation::close);
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 100, 4095, 4096, 65536, LARGE})
  void givesOutZeroesHoweverTheMemoryWasUsed(long bytes) {
    for (int round = 0; round < 5; round++) {
      List<SharedAllocation> allocations = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        allocations.add(pool.allocate(bytes));
      }
      for (SharedAllocation allocation : allocations) {
        assertThat(allocation.segment().mismatch(MemorySegment.ofArray(new byte[(int) bytes])))
            .isEqualTo(-1);
        allocation.segment().fill((byte) -1);
      }
      allocations.forEach(SharedAllocation::close);
    }
  }

  @Test
  void givesOutZeroesAlsoWhereAnotherSizeWas() {
    List<SharedAllocation> allocations = new ArrayList<>();
    while (statistics().segments() < 2) {
      allocations.add(pool.allocate(1000));
      allocations.getLast().segment().fill((byte) -1);
    }
    allocations.forEach(SharedAllocation::close);
    allocations.clear();
    for (int i = 0; i < 7; i++) {
      allocations.add(pool.allocate(1 << 20));
      assertThat(allocations.getLast().segment().mismatch(MemorySegment.ofArray(new byte[1 << 20])))
          .isEqualTo(-1);
    }
    allocations.forEach(SharedAllocation::close);
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 65536, LARGE})
  void leavesOldContentOnlyIfAskedTo(long bytes) {
    try (SharedMemory raw = SharedMemory.create(SharedMemoryOptions.DEFAULT.withoutZeroing())) {
      SharedAllocation first = raw.allocate(bytes);
      long address = first.address();
      first.segment().set(JAVA_LONG, bytes - 8, 42);
      first.close();
      try (SharedAllocation second = raw.allocate(bytes)) {
        assertThat(second.address()).isEqualTo(address);
        assertThat(second.segment().get(JAVA_LONG, bytes - 8)).isEqualTo(42);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 65536, LARGE})
  void refusesADoubleFreeAndCountsIt(long bytes) {
    SharedAllocation first = pool.allocate(bytes);
    first.close();
    first.close();
    SharedAllocation second = pool.allocate(bytes);
    first.close();
    SharedAllocation third = pool.allocate(bytes);

    assertThat(third.address()).isNotEqualTo(second.address());
    assertThat(statistics().doubleFrees()).isEqualTo(2);
    assertThat(statistics().liveAllocations()).isEqualTo(2);
    second.close();
    third.close();
  }

  @Test
  void isFreedOnceByManyThreadsAtOnce() throws InterruptedException {
    SharedAllocation allocation = pool.allocate(64);

    Concurrently.run(4, thread -> allocation.close());

    assertThat(statistics().doubleFrees()).isEqualTo(3);
    assertThat(statistics().liveAllocations()).isZero();
  }

  @Test
  void saysThatAClosedAllocationIsClosed() {
    SharedAllocation allocation = pool.allocate(100);
    assertThat(allocation)
        .hasToString("100 bytes of shared memory at 0x" + Long.toHexString(allocation.address()));
    allocation.close();

    String message = "allocation: expected one that is held but found it closed";
    assertThatIllegalStateException().isThrownBy(allocation::segment).withMessage(message);
    assertThatIllegalStateException().isThrownBy(allocation::address).withMessage(message);
    assertThatIllegalStateException().isThrownBy(allocation::location).withMessage(message);
    assertThatIllegalStateException().isThrownBy(allocation::intoOwner).withMessage(message);
    assertThat(allocation.byteSize()).isEqualTo(100);
    assertThat(allocation).hasToString("shared memory, closed");
  }

  @Test
  void countsExactly() {
    SharedAllocation small = pool.allocate(100);
    SharedAllocation medium = pool.allocate(70_000);
    SharedAllocation large = pool.allocate(LARGE + 1);
    long mapped = Chunk.SHARED_BYTES + LARGE / 4 * 5;

    assertThat(statistics())
        .isEqualTo(new SharedMemoryStatistics(3, 128 + 81_920 + LARGE / 4 * 5, 2, mapped, 0, 0, 0));
    large.close();
    assertThat(statistics())
        .isEqualTo(new SharedMemoryStatistics(2, 128 + 81_920, 2, mapped, LARGE / 4 * 5, 0, 0));
    small.close();
    medium.close();
    assertThat(statistics())
        .isEqualTo(new SharedMemoryStatistics(0, 0, 2, mapped, LARGE / 4 * 5, 0, 0));
    pool.trim();
    assertThat(statistics()).isEqualTo(new SharedMemoryStatistics(0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void countsWhatIsUnlistedToo() {
    List<SharedAllocation> allocations = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      allocations.add(pool.allocate(64));
    }
    assertThat(statistics().liveAllocations()).isEqualTo(1000);
    assertThat(statistics().liveBytes()).isEqualTo(64_000);
    for (int i = 0; i < 1000; i += 2) {
      allocations.get(i).close();
    }
    assertThat(statistics().liveAllocations()).isEqualTo(500);
    for (int i = 1; i < 1000; i += 2) {
      allocations.get(i).close();
    }
    assertThat(statistics().liveAllocations()).isZero();
  }

  @Test
  void keepsLargeSegmentsUpToTheBudgetTheYoungestOnes() {
    try (SharedMemory small =
        new SharedMemory(kernel, SharedMemoryOptions.DEFAULT.keeping(2 * LARGE))) {
      List<SharedAllocation> allocations = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        allocations.add(small.allocate(LARGE));
      }
      Set<Long> youngest = Set.of(allocations.get(2).address(), allocations.get(3).address());
      allocations.forEach(SharedAllocation::close);

      assertThat(small.statistics().keptBytes()).isEqualTo(2 * LARGE);
      assertThat(kernel.files()).isEqualTo(2);
      try (SharedAllocation one = small.allocate(LARGE);
          SharedAllocation other = small.allocate(LARGE)) {
        assertThat(Set.of(one.address(), other.address())).isEqualTo(youngest);
        assertThat(small.statistics().keptBytes()).isZero();
      }
    }
  }

  @Test
  void keepsNothingWithoutABudget() {
    try (SharedMemory none = new SharedMemory(kernel, SharedMemoryOptions.DEFAULT.keeping(0))) {
      none.allocate(LARGE).close();

      assertThat(kernel.files()).isZero();
      assertThat(none.statistics()).isEqualTo(new SharedMemoryStatistics(0, 0, 0, 0, 0, 0, 0));
    }
  }

  @Test
  void refusesABudgetBelowZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SharedMemoryOptions.DEFAULT.keeping(-1))
        .withMessage("keptBytes: expected 0 or more but found -1; 0 keeps nothing");
  }

  @Test
  void givesBackSegmentsThatNobodyUsesWhenTrimmed() {
    SharedAllocation stays = pool.allocate(64);
    List<SharedAllocation> allocations = new ArrayList<>();
    while (statistics().segments() < 3) {
      allocations.add(pool.allocate(1000));
    }
    allocations.add(pool.allocate(LARGE));
    stays.segment().set(JAVA_LONG, 0, 42);
    pool.trim();
    assertThat(statistics().segments()).isEqualTo(4);
    allocations.forEach(SharedAllocation::close);

    pool.trim();

    assertThat(statistics().segments()).isEqualTo(1);
    assertThat(kernel.files()).isEqualTo(1);
    assertThat(kernel.mappings()).isEqualTo(1);
    assertThat(stays.segment().get(JAVA_LONG, 0)).isEqualTo(42);
    stays.close();
  }

  @Test
  void isStillThereWhileAnAllocationIsHeldAfterItWasClosed() {
    SharedAllocation small = pool.allocate(64);
    SharedAllocation large = pool.allocate(LARGE);
    SharedAllocation free = pool.allocate(LARGE);
    free.close();
    pool.close();

    assertThat(kernel.files()).isEqualTo(2);
    small.segment().set(JAVA_LONG, 0, 1);
    large.segment().set(JAVA_LONG, LARGE - 8, 1);
    assertThatIllegalStateException()
        .isThrownBy(() -> pool.allocate(64))
        .withMessage("shared memory: expected an open pool but found it closed; create another");
    small.close();
    assertThat(kernel.files()).isEqualTo(1);
    large.close();
    assertThat(kernel.files()).isZero();
    assertThat(kernel.mappings()).isZero();
    assertThat(statistics()).isEqualTo(new SharedMemoryStatistics(0, 0, 0, 0, 0, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {64, LARGE})
  void throwsWhereMemoryIsGoneInsteadOfFaulting(long bytes) {
    SharedAllocation allocation = pool.allocate(bytes);
    MemorySegment stale = allocation.segment();
    allocation.close();
    assertThat(stale.get(JAVA_LONG, 0)).isZero();

    pool.trim();

    assertThatIllegalStateException()
        .isThrownBy(() -> stale.get(JAVA_LONG, 0))
        .withMessage("Already closed");
  }

  @Test
  void isForEveryThread() throws InterruptedException {
    try (SharedAllocation allocation = pool.allocate(64)) {
      Concurrently.run(
          4, thread -> allocation.segment().setAtIndex(JAVA_LONG, thread, thread + 1L));

      assertThat(allocation.segment().toArray(JAVA_LONG)).startsWith(1, 2, 3, 4);
    }
  }

  @Test
  void asksForNoMoreMemoryThanThereIsAsTheKernelWouldKillProcesses() {
    kernel.withAvailable(LARGE - 1);
    kernel.failing("fallocate", TestKernel.ENOSYS); // shows whether it was called
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> pool.allocate(LARGE))
        .withMessage(
            "shared memory: expected a segment of 2097152 bytes but only 2097151 are available;"
                + " close allocations or call trim()");
    kernel.failing("fallocate", 0).withAvailable(LARGE);
    pool.allocate(LARGE).close();
    assertThat(statistics().segments()).isEqualTo(1);
  }

  @Test
  void getsItsMemoryHoweverOftenTheKernelIsInterrupted() throws IOException {
    kernel.interruptedAfter(LARGE);
    try (SharedAllocation allocation = pool.allocate(150 * LARGE)) {
      Path file = allocation.location().segment().path();
      assertThat(Files.size(file)).isEqualTo(allocation.location().segment().byteSize());
      allocation.segment().set(JAVA_BYTE, 150 * LARGE - 1, (byte) 1);
    }
  }

  @Test
  void doesNotBelieveThatPeersWhoMayWriteHaveLeftFreshMemoryAlone() throws IOException {
    try (SharedMemory writable =
            new SharedMemory(kernel, SharedMemoryOptions.DEFAULT.writableByPeers());
        SharedAllocation first = writable.allocate(65536)) {
      SharedLocation at = first.location();
      try (RandomAccessFile file = new RandomAccessFile(at.segment().path().toFile(), "rw")) {
        file.seek(at.offset() + 65536);
        file.write(new byte[] {1, 2, 3});
      }
      try (SharedAllocation second = writable.allocate(65536)) {
        assertThat(second.address()).isEqualTo(first.address() + 65536);
        assertThat(second.segment().mismatch(MemorySegment.ofArray(new byte[65536]))).isEqualTo(-1);
      }
    }
  }

  @Test
  void staysUsableWhenTheSystemHasNoMemory() {
    kernel.failing("fallocate", Kernel.ENOSPC);
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> pool.allocate(64))
        .withMessage(
            "shared memory: expected a segment of 4194304 bytes but fallocate failed with error"
                + " 28, no memory; close allocations or call trim()");
    assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> pool.allocate(LARGE));
    assertThat(kernel.files()).isZero();
    assertThat(statistics()).isEqualTo(new SharedMemoryStatistics(0, 0, 0, 0, 0, 0, 0));

    kernel.failing("fallocate", 0);
    pool.allocate(64).close();
    pool.allocate(LARGE).close();
  }

  @ParameterizedTest
  @CsvSource({
    "memfd_create, 24, 'OutOfMemoryError', ', no descriptor left; raise ulimit -n'",
    "reserve, 12, 'OutOfMemoryError', ', no memory; close allocations or call trim()'",
    "map, 12, 'OutOfMemoryError', ', no memory; close allocations or call trim()'",
    "seal, 1, 'IllegalStateException', ''"
  })
  void leavesNothingBehindWhereACallFails(String call, int error, String thrown, String end) {
    kernel.failing(call, error);

    assertThatExceptionOfType(Throwable.class)
        .isThrownBy(() -> pool.allocate(LARGE))
        .withMessageContaining("failed with error " + error + end)
        .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(thrown));
    assertThat(kernel.files()).isZero();
    assertThat(kernel.mappings()).isZero();
  }
}
