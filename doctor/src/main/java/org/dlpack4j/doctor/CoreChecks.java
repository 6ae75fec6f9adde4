package org.dlpack4j.doctor;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether dlpack-core works: mostly by using it. */
final class CoreChecks {

  /** Where bin/doctor was started: the root of the sources. */
  static final String ROOT = "org.dlpack4j.doctor.root";

  private static final String OLDEST_JDK = "25.0.3";
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  /** Those of the second generation of 64-bit x86 that moving and packing elements gains by. */
  private static final List<String> X86_FEATURES = List.of("avx2", "bmi2");

  static final List<Check> ALL =
      List.of(
          new Check("JDK", CoreChecks::jdk),
          new Check("native access", CoreChecks::nativeAccess),
          new Check("platform", CoreChecks::platform),
          new Check("processor", CoreChecks::processor),
          new Check("export", host -> RoundTrips.export()),
          new Check("import", host -> RoundTrips.importing()),
          new Check("probing of pointers", host -> RoundTrips.probing()));

  private CoreChecks() {}

  private static Verdict jdk(Host host) {
    String home = host.property("java.home");
    String found =
        "%s %s in %s%s"
            .formatted(
                host.property("java.vendor"),
                host.property("java.runtime.version"),
                home,
                build(host, home));
    if (Version.of(host.property("java.runtime.version")).isAtLeast(OLDEST_JDK)) {
      return Verdict.ok(found);
    }
    return Verdict.degraded(
        found + "; dlpack4j is tested with " + OLDEST_JDK + " and later",
        "install a newer JDK 25 under /usr/lib/jvm, or set JAVA25_HOME to one");
  }

  /** Which one the build uses, as its own note says. */
  private static String build(Host host, String home) {
    String root = host.property(ROOT);
    if (root.isEmpty()) {
      return "";
    }
    Optional<String> built = host.text(Path.of(root, "target", "jdk-home"));
    return built
        .map(other -> other.equals(home) ? "; the build uses it" : "; the build uses " + other)
        .orElse("");
  }

  private static Verdict nativeAccess(Host host) {
    if (host.nativeAccess()) {
      return Verdict.ok("granted; on the module path pass " + modulePathFlag());
    }
    return Verdict.degraded(
        "not granted: this JVM warns or refuses at the first call into C",
        "start Java with " + Check.NATIVE_ACCESS_FLAG + ", on the module path " + modulePathFlag());
  }

  private static String modulePathFlag() {
    return "--enable-native-access=org.dlpack4j,org.dlpack4j.shim";
  }

  private static Verdict platform(Host host) {
    String system = host.property("os.name");
    String architecture = host.property("os.arch");
    String found = system + " " + host.property("os.version") + " on " + architecture;
    if (hasNatives(host)) {
      return Verdict.ok(found);
    }
    return Verdict.degraded(
        found + ": core works in Java alone, the rest does not",
        "use Linux on x86-64 or aarch64 for everything else");
  }

  /** Whether this is a platform for which more than plain Java was written. */
  private static boolean hasNatives(Host host) {
    return host.property("os.name").toLowerCase(Locale.ROOT).startsWith("linux")
        && Set.of("amd64", "aarch64").contains(host.property("os.arch"));
  }

  /** Asks on such platforms alone: others give other numbers to their system calls. */
  static Check.Question onLinux(Check.Question question) {
    return host ->
        hasNatives(host)
            ? question.ask(host)
            : Verdict.missing(
                host.property("os.name") + " on " + host.property("os.arch"),
                "use Linux on x86-64 or aarch64");
  }

  private static Verdict processor(Host host) {
    String information = host.text(PROCESSORS).orElse("");
    Set<String> flags =
        Stream.concat(field(information, "flags"), field(information, "Features"))
            .flatMap(line -> Stream.of(line.split(" ", -1)))
            .collect(Collectors.toSet());
    int cores = Runtime.getRuntime().availableProcessors();
    String name = field(information, "model name").findFirst().orElse(host.property("os.arch"));
    String found = name + ", " + cores + " cores";
    if (!host.property("os.arch").equals("amd64") || flags.isEmpty()) {
      return Verdict.ok(found);
    }
    List<String> lacking = X86_FEATURES.stream().filter(flag -> !flags.contains(flag)).toList();
    return lacking.isEmpty()
        ? Verdict.ok(found + ", " + String.join(", ", X86_FEATURES))
        : Verdict.degraded(
            found + ", without " + String.join(", ", lacking) + ", which the JVM copies with",
            "in a virtual machine have it show the host's processor; else use a newer one");
  }

  private static Stream<String> field(String information, String name) {
    return information
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip());
  }
}
