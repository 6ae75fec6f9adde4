package org.dlpack4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel's books say, on systems of all kinds. */
class AvailableMemoryTest {

  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  @TempDir private Path root;

  private void file(String path, String... lines) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, String.join("\n", lines) + "\n");
  }

  private void machine(long available, long swap) throws IOException {
    file(
        "proc/meminfo",
        "MemTotal:       999999999 kB",
        "MemAvailable:   " + available / 1024 + " kB",
        "SwapFree:              " + swap / 1024 + " kB");
  }

  private void group(String path, long limit, long usage, long file, long shmem)
      throws IOException {
    file(path + "/memory.max", limit < 0 ? "max" : "" + limit);
    file(path + "/memory.current", "" + usage);
    file(path + "/memory.stat", "anon 1", "file " + file, "file_mapped 5", "shmem " + shmem);
  }

  private long available() {
    return new AvailableMemory(root).bytes();
  }

  @Test
  void isWhatTheMachineHasAndCanSwapOut() throws IOException {
    machine(3 * GIB, GIB);

    assertThat(available()).isEqualTo(4 * GIB);
  }

  @Test
  void isUnlimitedWhereNothingIsKnown() {
    assertThat(available()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void isWhatTheGroupLeavesCountingFilesThatCanBeDroppedAsFree() throws IOException {
    machine(30 * GIB, 0);
    file("proc/self/cgroup", "0::/docker/one");
    group("sys/fs/cgroup/docker/one", GIB, GIB, 300 * MIB, 100 * MIB);

    assertThat(available()).isEqualTo(200 * MIB);
  }

  @Test
  void isWhatTheTightestGroupAroundLeaves() throws IOException {
    machine(30 * GIB, 0);
    file("proc/self/cgroup", "0::/outer/inner");
    group("sys/fs/cgroup/outer/inner", -1, 0, 0, 0);
    group("sys/fs/cgroup/outer", 2 * GIB, GIB, 0, 0);
    group("sys/fs/cgroup", 9 * GIB, GIB, 0, 0);

    assertThat(available()).isEqualTo(GIB);
  }

  @Test
  void findsAContainersOwnLimitWhereTheGroupsNameIsTheHosts() throws IOException {
    machine(30 * GIB, 0);
    file("proc/self/cgroup", "0::/host/only");
    group("sys/fs/cgroup", 2 * GIB, GIB, 0, 0);

    assertThat(available()).isEqualTo(GIB);
  }

  @Test
  void leavesTheGroupsRootAtNothingElse() throws IOException {
    machine(30 * GIB, 0);
    file("proc/self/cgroup", "0::/../../other");
    group("sys/other", GIB, GIB, 0, 0);

    assertThat(available()).isEqualTo(30 * GIB);
  }

  @Test
  void knowsTheFirstVersionOfGroups() throws IOException {
    machine(30 * GIB, 0);
    file(
        "proc/self/cgroup", "9:name=systemd:/", "4:hugetlb,memory:/pod", "3:cpuset:/pod::", "0::/");
    file("sys/fs/cgroup/memory/pod/memory.limit_in_bytes", "" + 3 * GIB);
    file("sys/fs/cgroup/memory/pod/memory.usage_in_bytes", "" + 2 * GIB);
    file("sys/fs/cgroup/memory/pod/memory.stat", "cache 1", "total_cache 10", "total_shmem 4");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");

    assertThat(available()).isEqualTo(GIB + 6);
  }

  @Test
  void staysUnlimitedWhereTheBooksAreNotWhatTheyUsedToBe() throws IOException {
    file("proc/meminfo", "MemAvailable: lots", "", "SwapFree:");
    file("proc/self/cgroup", "", "0", "0::", "0::relative");
    file("sys/fs/cgroup/memory.max", "");

    assertThat(available()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void isNothingInAGroupThatIsFull() throws IOException {
    machine(30 * GIB, 0);
    file("proc/self/cgroup", "0::/");
    group("sys/fs/cgroup", GIB, GIB + MIB, 0, 0);

    assertThat(available()).isZero();
  }

  @Test
  void isLessThanThisMachineHas() throws IOException {
    assumeThat(Path.of("/proc/meminfo")).exists();
    String total = Files.readAllLines(Path.of("/proc/meminfo")).getFirst();

    assertThat(new AvailableMemory(Path.of("/")).bytes() - swap())
        .isBetween(1L, Long.parseLong(total.replaceAll("\\D", "")) << 10);
  }

  private static long swap() throws IOException {
    return Files.readAllLines(Path.of("/proc/meminfo")).stream()
            .filter(line -> line.startsWith("SwapTotal:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum()
        << 10;
  }
}
