package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.shim.ShimFunctions;

/** A JVM of this one's make that runs a small program, so that it may die of it. */
public final class ChildJvm {

  static final Path CORE = originOf(Exports.class);
  static final Path SHIM = originOf(ShimFunctions.class);
  static final Path TESTS = originOf(ChildJvm.class);

  static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final String main;
  private final List<String> arguments;
  private final List<String> flags = new ArrayList<>();
  private final List<String> environment = new ArrayList<>();
  private List<Path> classPath = List.of(CORE, SHIM, TESTS);
  private boolean nativeAccess = true;
  private Duration timeout = TIMEOUT;

  private ChildJvm(String main, List<String> arguments) {
    this.main = main;
    this.arguments = arguments;
  }

  /** A child that runs a class's {@code main} with core, shim and tests on the class path. */
  static ChildJvm of(Class<?> main, Object... arguments) {
    return new ChildJvm(main.getName(), Stream.of(arguments).map(String::valueOf).toList());
  }

  /** A child that compiles and runs a source file. */
  static ChildJvm ofSource(Path file) {
    return new ChildJvm(file.toString(), List.of());
  }

  static ChildJvm of(DeleterKind deleter, Class<?> main, Object... arguments) {
    return of(main, arguments).flags(deleterFlag(deleter));
  }

  static String deleterFlag(DeleterKind deleter) {
    return "-Dorg.dlpack4j.deleter=" + deleter.name().toLowerCase(Locale.ROOT);
  }

  ChildJvm flags(String... more) {
    flags.addAll(List.of(more));
    return this;
  }

  ChildJvm classPath(Path... entries) {
    classPath = List.of(entries);
    return this;
  }

  /** Everything that these tests themselves have. */
  ChildJvm wholeClassPath() {
    return classPath(
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .toArray(Path[]::new));
  }

  /** With Arrow Java, and without what it has the JVM and its logger say. */
  ChildJvm withArrow() {
    return wholeClassPath()
        .flags("--sun-misc-unsafe-memory-access=allow", "-Dslf4j.internal.verbosity=ERROR");
  }

  ChildJvm modulePath(Path... entries) {
    return flags("--module-path", joined(List.of(entries)));
  }

  ChildJvm withoutNativeAccess() {
    nativeAccess = false;
    return flags("--illegal-native-access=deny");
  }

  /** Sets variables of its environment, each {@code NAME=VALUE}. */
  ChildJvm environment(String... assignments) {
    environment.addAll(List.of(assignments));
    return this;
  }

  ChildJvm timeout(Duration hard) {
    timeout = hard;
    return this;
  }

  ChildProcess run() {
    return ChildProcess.run(command(), timeout);
  }

  /** Runs it, and fails unless it exits with 0. */
  ChildProcess runsWell() {
    ChildProcess child = run();
    assertThat(child.exitCode()).as("%s", child).isZero();
    return child;
  }

  List<String> command() {
    List<String> command = new ArrayList<>(List.of("env"));
    command.addAll(environment);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(crashFlags());
    command.add("-Xmx256m");
    if (nativeAccess) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.add("-D" + NativeBuild.PROPERTY + "=" + NativeBuild.folder());
    command.addAll(flags);
    command.addAll(List.of("-cp", joined(classPath), main));
    command.addAll(arguments);
    return command;
  }

  /** A crash leaves no files and says everything on standard error. */
  static List<String> crashFlags() {
    return List.of("-XX:-CreateCoredumpOnCrash", "-XX:+ErrorFileToStderr");
  }

  static String joined(List<Path> entries) {
    return entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private static Path originOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
