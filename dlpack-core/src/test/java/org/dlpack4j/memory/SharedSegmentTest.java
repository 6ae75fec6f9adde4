package org.dlpack4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a segment is for peers, and how long it stays. What peers can do is tested with peers. */
class SharedSegmentTest {

  private static final long LARGE = 2L << 20;

  private final TestKernel kernel = new TestKernel();

  @BeforeAll
  static void needsLinux() {
    assumeThat(SharedMemory.lack()).isEmpty();
  }

  @AfterEach
  void leavesNothingBehind() {
    assertThat(kernel.files()).isZero();
    assertThat(kernel.mappings()).isZero();
  }

  private SharedMemory pool(SharedMemoryOptions options) {
    return new SharedMemory(kernel, options);
  }

  @Test
  void hasAFileThatOthersCanOpen() throws IOException {
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT);
        SharedAllocation allocation = pool.allocate(100)) {
      SharedSegment segment = allocation.location().segment();

      assertThat(segment.byteSize()).isEqualTo(Chunk.SHARED_BYTES);
      assertThat(segment.path())
          .isEqualTo(Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + segment.fd()));
      assertThat(Files.size(segment.path())).isEqualTo(Chunk.SHARED_BYTES);
      assertThat(segment.pages()).isEqualTo(PageKind.NORMAL);
      assertThat(segment)
          .hasToString(
              "segment %d of 4194304 bytes at 0x%x"
                  .formatted(segment.id(), allocation.address() - allocation.location().offset()));
    }
  }

  @Test
  void hasANumberOfItsOwnForGood() {
    long first;
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT.keeping(0))) {
      try (SharedAllocation allocation = pool.allocate(LARGE)) {
        first = allocation.location().segment().id();
      }
      try (SharedAllocation allocation = pool.allocate(LARGE)) {
        assertThat(allocation.location().segment().id()).isGreaterThan(first);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(PeerAccess.class)
  void isWriteProtectedUnlessPeersMayWrite(PeerAccess access) {
    SharedMemoryOptions options =
        access == PeerAccess.WRITABLE
            ? SharedMemoryOptions.DEFAULT.writableByPeers()
            : SharedMemoryOptions.DEFAULT;
    try (SharedMemory pool = pool(options);
        SharedAllocation allocation = pool.allocate(LARGE)) {
      SharedSegment segment = allocation.location().segment();

      assertThat(segment.peerAccess()).isEqualTo(access);
      assertThat(segment.isWriteProtected()).isEqualTo(access == PeerAccess.READ_ONLY);
      assertThat(pool.degradations()).isEmpty();
      allocation.segment().fill((byte) 1);
    }
  }

  @Test
  void isKeptByAHoldAfterItsAllocationsAndItsPool() {
    SharedMemory pool = pool(SharedMemoryOptions.DEFAULT);
    SharedAllocation allocation = pool.allocate(LARGE);
    SharedSegment segment = allocation.location().segment();
    SharedSegment.Hold hold = segment.hold();
    MemorySegment memory = allocation.segment();
    allocation.close();
    pool.close();
    assertThat(pool.statistics()).isEqualTo(new SharedMemoryStatistics(0, 0, 1, LARGE, 0, 0, 0));
    assertThat(hold.segment()).isSameAs(segment);
    assertThat(kernel.files()).isEqualTo(1);
    assertThat(memory.get(JAVA_LONG, 0)).isZero();
    assertThat(SharedMemory.locate(memory.address())).isPresent();

    try (SharedSegment.Hold another = segment.hold()) {
      hold.close();
      hold.close();
      assertThat(another.segment().fd()).isEqualTo(segment.fd());
    }

    assertThat(kernel.files()).isZero();
    String message = "segment: expected one that is mapped but found " + segment + " given back";
    assertThatIllegalStateException().isThrownBy(segment::fd).withMessage(message);
    assertThatIllegalStateException().isThrownBy(segment::hold).withMessage(message);
    assertThatIllegalStateException().isThrownBy(segment::path).withMessage(message);
  }

  @Test
  void isNotUnmappedUnderNativeCodeThatUsesIt() throws Throwable {
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT)) {
      SharedAllocation allocation = pool.allocate(LARGE);
      MemorySegment memory = allocation.segment();
      memory.setAtIndex(JAVA_LONG, 0, 2);
      memory.setAtIndex(JAVA_LONG, 1, 1);

      sort(
          memory.asSlice(0, 16),
          () -> {
            allocation.close();
            pool.trim();
          });

      assertThat(memory.getAtIndex(JAVA_LONG, 0)).isEqualTo(1);
      assertThat(kernel.files()).isEqualTo(1);
      assertThat(pool.statistics().segments()).isEqualTo(1);
      pool.trim();
      assertThat(kernel.files()).isZero();
      assertThat(pool.statistics().segments()).isZero();
    }
  }

  /** C's qsort of two numbers, calling back while it has the memory. */
  @SuppressWarnings("restricted") // The descriptors are those of the manual page.
  private static void sort(MemorySegment two, Runnable meanwhile) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle qsort =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("qsort"),
            FunctionDescriptor.ofVoid(
                ValueLayout.ADDRESS, JAVA_LONG, JAVA_LONG, ValueLayout.ADDRESS));
    MethodHandle compare =
        MethodHandles.lookup()
            .findStatic(
                SharedSegmentTest.class,
                "firstIsLarger",
                MethodType.methodType(int.class, Runnable.class, long.class, long.class))
            .bindTo(meanwhile);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stub =
          linker.upcallStub(
              compare, FunctionDescriptor.of(ValueLayout.JAVA_INT, JAVA_LONG, JAVA_LONG), arena);
      qsort.invokeExact(two, 2L, 8L, stub);
    }
  }

  @SuppressWarnings("UnusedMethod") // By sort.
  private static int firstIsLarger(Runnable meanwhile, long first, long second) {
    meanwhile.run();
    return first < second ? 1 : -1;
  }

  @Test
  void saysThatAnOldKernelCannotKeepPeersFromWriting() {
    kernel.withoutSeals(Kernel.F_SEAL_FUTURE_WRITE);
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT);
        SharedAllocation small = pool.allocate(64);
        SharedAllocation large = pool.allocate(LARGE)) {
      assertThat(small.location().segment().isWriteProtected()).isFalse();
      assertThat(large.location().segment().peerAccess()).isEqualTo(PeerAccess.READ_ONLY);
      assertThat(pool.degradations())
          .containsExactly(
              "seals: expected F_SEAL_FUTURE_WRITE but this kernel does not know it, so peers"
                  + " could write to what they should only read; use Linux 5.1 or later");
    }
  }

  @Test
  void needsNoKernelThatKnowsFilesThatCannotBeExecuted() {
    kernel.withoutFlags(Kernel.MFD_NOEXEC_SEAL);
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT);
        SharedAllocation allocation = pool.allocate(64)) {
      assertThat(allocation.location().segment().isWriteProtected()).isTrue();
      assertThat(pool.degradations()).isEmpty();
    }
  }

  @Test
  void refusesSystemsWithoutFilesInMemoryWithAdvice() {
    kernel.failing("memfd_create", TestKernel.ENOSYS);

    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> pool(SharedMemoryOptions.DEFAULT))
        .withMessage(
            "shared memory: expected files in memory but memfd_create failed with error 38; it"
                + " needs Linux 3.17 or later and a sandbox that allows it, or use memory of an"
                + " Arena, which other processes cannot map");
  }

  @Test
  void refusesOtherPlatformsWithAdvice() {
    kernel.failing("platform", 1);

    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> pool(SharedMemoryOptions.DEFAULT))
        .withMessageStartingWith("shared memory: expected Linux on x86-64 or aarch64 but found ")
        .withMessageEndingWith("; use memory of an Arena, which other processes cannot map");
  }

  @Test
  void getsHugePagesOrSaysWhyNot() throws IOException {
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT.withHugePages());
        SharedAllocation allocation = pool.allocate(LARGE + 1)) {
      SharedSegment segment = allocation.location().segment();

      assertThat(segment.byteSize()).isEqualTo(2 * LARGE);
      assertThat(segment.address() % LARGE).isZero();
      assertThat(pool.degradations().isEmpty()).isEqualTo(segment.pages() != PageKind.NORMAL);
      assertThat(pagesOf(segment)).isEqualTo(segment.pages());
    }
  }

  /** What the kernel's own books say. */
  private static PageKind pagesOf(SharedSegment segment) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
    String start = Long.toHexString(segment.address()) + "-";
    int at = 0;
    while (!lines.get(at).startsWith(start)) {
      at++;
    }
    List<String> entry = lines.subList(at + 1, Math.min(at + 24, lines.size()));
    if (entry.stream().anyMatch(line -> line.matches("KernelPageSize: +2048 kB"))) {
      return PageKind.RESERVED_HUGE;
    }
    String whole = "ShmemPmdMapped: +" + segment.byteSize() / 1024 + " kB";
    return entry.stream().anyMatch(line -> line.matches(whole))
        ? PageKind.TRANSPARENT_HUGE
        : PageKind.NORMAL;
  }

  @Test
  void takesNoReservedPagesWherePeersCanMakeHolesInThem() {
    SharedMemoryOptions huge = SharedMemoryOptions.DEFAULT.withHugePages();
    try (SharedMemory pool = pool(huge.writableByPeers());
        SharedAllocation allocation = pool.allocate(LARGE)) {
      assertThat(allocation.location().segment().pages()).isNotEqualTo(PageKind.RESERVED_HUGE);
      assertThat(kernel.usedFlags() & Kernel.MFD_HUGETLB).isZero();
    }
    try (SharedMemory pool = pool(huge);
        SharedAllocation allocation = pool.allocate(LARGE)) {
      assertThat(allocation.location().segment().peerAccess()).isEqualTo(PeerAccess.READ_ONLY);
      assertThat(kernel.usedFlags() & Kernel.MFD_HUGETLB).isNotZero();
    }
  }

  @Test
  void closesItsFileEvenIfUnmappingFails() {
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT.keeping(0))) {
      SharedAllocation allocation = pool.allocate(LARGE);
      kernel.failing("unmap", 1);

      assertThatExceptionOfType(AssertionError.class)
          .isThrownBy(allocation::close)
          .withMessage("unmap");

      assertThat(kernel.files()).isZero();
    }
  }

  @Test
  void fallsBackToTransparentHugePagesAndThenToNormalOnes() {
    kernel.withoutFlags(Kernel.MFD_HUGETLB);
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT.withHugePages());
        SharedAllocation allocation = pool.allocate(LARGE)) {
      assertThat(allocation.location().segment().pages()).isNotEqualTo(PageKind.RESERVED_HUGE);
    }
    kernel.failing("madvise", Kernel.EINVAL);
    try (SharedMemory pool = pool(SharedMemoryOptions.DEFAULT.withHugePages());
        SharedAllocation allocation = pool.allocate(LARGE)) {
      assertThat(allocation.location().segment().pages()).isEqualTo(PageKind.NORMAL);
      assertThat(pool.degradations())
          .containsExactly(
              "huge pages: expected reserved or transparent ones but found neither (MADV_COLLAPSE:"
                  + " error 22); set vm.nr_hugepages, or use Linux 6.1 or later");
    }
  }
}
