package org.dlpack4j.doctor;

import static org.dlpack4j.doctor.CoreChecks.onLinux;
import static org.dlpack4j.doctor.internal.Kernel.F_SEAL_FUTURE_WRITE;
import static org.dlpack4j.doctor.internal.Kernel.F_SEAL_GROW;
import static org.dlpack4j.doctor.internal.Kernel.F_SEAL_SHRINK;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dlpack4j.doctor.internal.Attempt;

/** What segments in files in memory need, which two processes map. */
final class SharedMemoryChecks {

  private static final String OLDEST_FUTURE_WRITE = "5.1";
  private static final String OLDEST_PIDFD = "5.3";
  private static final int FEWEST_FILES = 1024;

  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage");
  private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files\\s+(\\S+)");
  private static final Pattern LOCKED = Pattern.compile("(?m)^Max locked memory\\s+(\\S+)");
  private static final Pattern CHOSEN = Pattern.compile("\\[(\\w+)]");

  static final List<Check> ALL =
      List.of(
          new Check("kernel", onLinux(SharedMemoryChecks::kernel)),
          new Check("/proc", onLinux(SharedMemoryChecks::proc)),
          new Check("sealed memory files", onLinux(SharedMemoryChecks::seals)),
          new Check("process descriptors", onLinux(SharedMemoryChecks::pidfd)),
          new Check("transparent huge pages", onLinux(SharedMemoryChecks::transparentHugePages)),
          new Check("reserved huge pages", onLinux(SharedMemoryChecks::hugePages)),
          new Check("limits", onLinux(SharedMemoryChecks::limits)));

  private SharedMemoryChecks() {}

  private static Verdict kernel(Host host) {
    String release = host.property("os.version");
    Version version = Version.of(release);
    if (version.isAtLeast(OLDEST_PIDFD)) {
      return Verdict.ok(release);
    }
    String lost =
        version.isAtLeast(OLDEST_FUTURE_WRITE)
            ? "no process descriptors"
            : "no process descriptors, no seal against later writers";
    return Verdict.degraded(release + ": " + lost, "use Linux " + OLDEST_PIDFD + " or later");
  }

  private static Verdict proc(Host host) {
    return host.text(LIMITS).isPresent()
        ? Verdict.ok("mounted")
        : Verdict.missing(
            "not mounted, and files in memory are reached through it", "mount -t proc proc /proc");
  }

  private static Verdict seals(Host host) {
    int size = F_SEAL_SHRINK | F_SEAL_GROW;
    Attempt all = host.kernel().sealedMemoryFile(size | F_SEAL_FUTURE_WRITE);
    if (all.works()) {
      return Verdict.ok(all.found() + ", against resizing and later writers");
    }
    Attempt some = host.kernel().sealedMemoryFile(size);
    if (some.works()) {
      return Verdict.degraded(
          "none against later writers (" + all.found() + "): peers can write what they only read",
          "use Linux " + OLDEST_FUTURE_WRITE + " or later");
    }
    return Verdict.missing(
        some.found(), "use Linux 3.17 or later; in a container, allow memfd_create");
  }

  private static Verdict pidfd(Host host) {
    Attempt descriptor = host.kernel().processDescriptor();
    return descriptor.works()
        ? Verdict.ok(descriptor.found())
        : Verdict.degraded(
            descriptor.found()
                + ": the end of a peer is seen by its socket alone, late if it has forked",
            "use Linux " + OLDEST_PIDFD + " or later; in a container, allow pidfd_open");
  }

  private static Verdict transparentHugePages(Host host) {
    Optional<String> own = chosen(host, "enabled");
    Optional<String> shared = chosen(host, "shmem_enabled");
    if (own.isEmpty() || shared.isEmpty()) {
      return Verdict.notNeeded("this kernel has none");
    }
    String found = "memory: " + own.get() + ", files in memory: " + shared.get();
    return shared.get().equals("never")
        ? Verdict.notNeeded(found, "echo advise > " + HUGE_PAGES.resolve("shmem_enabled"))
        : Verdict.ok(found);
  }

  private static Optional<String> chosen(Host host, String file) {
    return host.text(HUGE_PAGES.resolve(file))
        .map(CHOSEN::matcher)
        .filter(Matcher::find)
        .map(matcher -> matcher.group(1));
  }

  private static Verdict hugePages(Host host) {
    Attempt huge = host.kernel().hugeMemoryFile();
    return huge.works()
        ? Verdict.ok(huge.found())
        : Verdict.notNeeded(huge.found(), "sysctl vm.nr_hugepages=64, for 128 MiB of them");
  }

  private static Verdict limits(Host host) {
    String limits = host.text(LIMITS).orElse("");
    String files = limit(OPEN_FILES, limits);
    String found = "open files " + files + ", locked memory " + limit(LOCKED, limits) + " bytes";
    boolean few = files.matches("\\d{1,9}") && Integer.parseInt(files) < FEWEST_FILES;
    return few
        ? Verdict.degraded(
            found + ": every segment and every peer is an open file",
            "ulimit -n " + FEWEST_FILES + " or more, before Java is started")
        : Verdict.ok(found);
  }

  private static String limit(Pattern pattern, String limits) {
    Matcher matcher = pattern.matcher(limits);
    return matcher.find() ? matcher.group(1) : "unknown";
  }
}
