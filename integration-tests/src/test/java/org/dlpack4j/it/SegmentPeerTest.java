package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.dlpack4j.memory.SharedAllocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Python can do with a segment of ours, and what the kernel does not let it do. */
class SegmentPeerTest {

  private static final Path PEER = Path.of("src", "test", "python", "segment_peer.py");

  @BeforeAll
  static void needsLinux() {
    assumeTrue(SharedMemory.lack().isEmpty(), () -> SharedMemory.lack().orElseThrow());
  }

  private static List<String> tryOut(SharedAllocation allocation) {
    ChildProcess peer =
        ChildProcess.run(
            List.of(
                "python3",
                PEER.toString(),
                allocation.location().segment().path().toString(),
                Long.toString(allocation.location().offset()),
                Long.toString(allocation.byteSize())),
            ChildJvm.TIMEOUT);
    assertThat(peer.exitCode()).as("%s", peer).isZero();
    return peer.output().lines().toList();
  }

  /** In front of others, so that they do not begin where their segment does. */
  private static SharedAllocation somethingElse(SharedMemory pool) {
    return pool.allocate(640);
  }

  private static SharedAllocation greeting(SharedMemory pool, long bytes) {
    SharedAllocation allocation = pool.allocate(bytes);
    allocation.segment().copyFrom(MemorySegment.ofArray("jvm!".getBytes(StandardCharsets.UTF_8)));
    return allocation;
  }

  private static String hex(SharedAllocation allocation) {
    return "bytes 6a766d21" + "00".repeat(Math.toIntExact(allocation.byteSize() - 4));
  }

  private static long fileSize(SharedAllocation allocation) {
    return allocation.location().segment().byteSize();
  }

  private static String written(SharedAllocation allocation) {
    byte[] first = allocation.segment().asSlice(0, 4).toArray(JAVA_BYTE);
    return new String(first, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(longs = {100, 100_000, 3 << 20})
  void readsWhatJavaWroteAndCanChangeNothing(long bytes) {
    try (SharedMemory pool = SharedMemory.create();
        SharedAllocation inFront = somethingElse(pool);
        SharedAllocation allocation = greeting(pool, bytes)) {
      assertThat(inFront.address()).isNotEqualTo(allocation.address());
      assertThat(tryOut(allocation))
          .containsExactly(
              "size " + fileSize(allocation),
              "all there True",
              "seals future_write grow seal shrink",
              hex(allocation),
              "truncate EPERM",
              "grow EPERM",
              "seal EPERM",
              "pwrite EPERM",
              "map EPERM",
              "protect EACCES",
              "punch EPERM");
      assertThat(written(allocation)).isEqualTo("jvm!");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {100, 3 << 20})
  void writesWhereItMayButDoesNotChangeTheSize(long bytes) {
    try (SharedMemory pool = SharedMemory.create(SharedMemoryOptions.DEFAULT.writableByPeers());
        SharedAllocation inFront = somethingElse(pool);
        SharedAllocation allocation = greeting(pool, bytes)) {
      assertThat(inFront.address()).isNotEqualTo(allocation.address());
      assertThat(tryOut(allocation))
          .containsExactly(
              "size " + fileSize(allocation),
              "all there True",
              "seals grow seal shrink",
              hex(allocation),
              "truncate EPERM",
              "grow EPERM",
              "seal EPERM",
              "pwrite done",
              "map done",
              "protect done",
              "punch done");
      assertThat(written(allocation)).isEqualTo("peer");
    }
  }
}
