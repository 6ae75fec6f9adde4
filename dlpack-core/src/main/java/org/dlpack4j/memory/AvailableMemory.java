package org.dlpack4j.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much memory this process can still get at most. Looked at before a file in memory gets its
 * pages: where there is too little, the kernel does not refuse them but kills processes.
 */
final class AvailableMemory {

  private static final long UNKNOWN = Long.MAX_VALUE;

  /** Where one version of control groups keeps what. */
  private record Version(
      String controller, String mount, String limit, String usage, String cache, String shared) {}

  private static final List<Version> VERSIONS =
      List.of(
          new Version("", "sys/fs/cgroup", "memory.max", "memory.current", "file ", "shmem "),
          new Version(
              "memory",
              "sys/fs/cgroup/memory",
              "memory.limit_in_bytes",
              "memory.usage_in_bytes",
              "total_cache ",
              "total_shmem "));

  private final Path root;

  /**
   * That of some system.
   *
   * @param root where its proc and sys are
   */
  AvailableMemory(Path root) {
    this.root = root;
  }

  /** No less than there is: what cannot be found out counts as unlimited. */
  long bytes() {
    List<String> machine = lines(root.resolve("proc/meminfo"));
    long swap = number(machine, "SwapFree:", 0);
    long bytes = number(machine, "MemAvailable:", UNKNOWN);
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      bytes = Math.min(bytes, inGroups(line));
    }
    return bytes > UNKNOWN - swap ? UNKNOWN : bytes + swap;
  }

  /**
   * What a group and those around it leave. In a container some of these directories are not there.
   */
  private long inGroups(String line) {
    String[] parts = line.split(":", 3); // number, controllers, group
    List<String> controllers = parts.length < 3 ? List.of() : List.of(parts[1].split(","));
    for (Version version : VERSIONS) {
      if (controllers.contains(version.controller)) {
        return inGroups(version, parts[2]);
      }
    }
    return UNKNOWN;
  }

  private long inGroups(Version version, String group) {
    Path mount = root.resolve(version.mount);
    long bytes = UNKNOWN;
    for (Path path = Path.of(mount + "/" + group).normalize();
        path != null && path.startsWith(mount);
        path = path.getParent()) {
      bytes = Math.min(bytes, inGroup(version, path));
    }
    return bytes;
  }

  private static long inGroup(Version version, Path group) {
    long limit = number(lines(group.resolve(version.limit)), "", UNKNOWN);
    if (limit == UNKNOWN) {
      return UNKNOWN;
    }
    List<String> uses = lines(group.resolve("memory.stat"));
    long cache = number(uses, version.cache, 0) - number(uses, version.shared, 0);
    long used = number(lines(group.resolve(version.usage)), "", 0) - cache;
    return Math.max(0, limit - Math.max(0, used));
  }

  private static long number(List<String> lines, String name, long otherwise) {
    for (String line : lines) {
      if (line.startsWith(name)) {
        String rest = line.substring(name.length()).strip();
        String digits = rest.replace(" kB", "");
        if (!digits.matches("\\d{1,18}")) {
          return otherwise; // such as "max", or what no machine has: no limit
        }
        return Long.parseLong(digits) << (digits.equals(rest) ? 0 : 10);
      }
    }
    return otherwise;
  }

  private static List<String> lines(Path path) {
    try {
      return Files.readAllLines(path);
    } catch (IOException e) {
      return List.of(); // not on this system, or not for us: then it tells nothing
    }
  }
}
