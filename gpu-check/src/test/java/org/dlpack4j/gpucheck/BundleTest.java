package org.dlpack4j.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundle as it goes to a machine: made, unpacked somewhere, and run with next to nothing. */
class BundleTest {

  private static final long LARGEST = 45L << 20;

  /** The tests of cuda-adapter alone are more. */
  private static final int FEWEST = 50;

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LAST =
      Pattern.compile("(\\d+) passed, (\\d+) failed, (\\d+) skipped");

  @TempDir private static Path unpacked;
  @TempDir private Path empty;

  private static Path file;

  private record Ran(int exitCode, String output) {
    Matcher lastLine() {
      Matcher matcher = LAST.matcher(output.lines().toList().getLast());
      assertThat(matcher.matches()).as(output).isTrue();
      return matcher;
    }
  }

  @BeforeAll
  static void makeAndUnpack() throws IOException, InterruptedException {
    Path target = Files.createDirectories(Path.of("target", "bundle-test")).toAbsolutePath();
    file = target.resolve("gpu-check.tar.gz");
    String script =
        "set -euo pipefail; source bin/lib/module.sh; source bin/lib/bundle.sh; make_bundle \"$@\"";
    Ran made =
        start(
            ROOT, List.of("bash", "-c", script, "bundle-test", target.toString(), file.toString()));
    assertThat(made.exitCode()).as(made.output()).isZero();
    Ran tar = start(unpacked, List.of("tar", "-xzf", file.toString()));
    assertThat(tar.exitCode()).as(tar.output()).isZero();
  }

  @Test
  void isSmallEnoughToTravel() throws IOException {
    assertThat(Files.size(file)).isLessThanOrEqualTo(LARGEST);
  }

  @Test
  void runsOnTheSimulatedDriverWithNothingButTheSystem() throws IOException, InterruptedException {
    Path report = unpacked.resolve("report.md");
    Ran ran = run("--simulated", "--report", report.toString());
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    Matcher last = ran.lastLine();
    assertThat(Integer.parseInt(last.group(1))).as(ran.output()).isGreaterThan(FEWEST);
    assertThat(last.group(2)).as(ran.output()).isEqualTo("0");
    assertThat(ran.output()).contains("skipped  cuda-adapter under compute-sanitizer: ");
    assertThat(empty).isEmptyDirectory();
    assertThat(report)
        .content()
        .contains(
            last.group() + ".",
            "On the simulated driver",
            "Simulated device 0",
            "| cuda-adapter |");
  }

  @Test
  void exchangesWithPythonInAndOutOfItsProcess() throws IOException, InterruptedException {
    Path python = ROOT.resolve("integration-tests/target/python/bin/python");
    assumeTrue(
        Files.isExecutable(python), "expected the Python of integration-tests but found none");
    Ran ran = run("--simulated", "--comparisons", "--python", python.toString());
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    assertThat(ran.output())
        .contains("IPC, by handle     works", "IPC, by descriptor works")
        .contains("passed   Driver.test_a_consumer_waits_for_javas_work")
        .contains("passed   Driver.test_java_waits_for_a_producers_work")
        .contains("passed   Driver.test_round_trips_leave_nothing_on_the_device")
        .contains("skipped  CuPy: does not run on the simulated driver")
        .contains("passed   Driver.test_a_column_of_another_process_is_an_array_without_a_copy")
        .contains("passed   views_outlive_the_jvm", "skipped  jax_computes_on_it: expected a GPU")
        .contains("skipped  in process: cuDF: expected cuDF's jar; give it by --cudf")
        .contains(
            "passed   simulated.handshake beside budget-10us",
            "passed   simulated.copying beside device-copy",
            "passed   simulated.ipc beside 1KiB: ours=",
            "comment=\"4096 MiB for 8192, as 8192 MiB are free\"",
            "skipped  simulated.roundtrip beside 1KiB: \"expected cuDF's jar; give it by --cudf\"");
    assertThat(ran.output())
        .as("no time of the simulated driver for a GPU's")
        .doesNotContain("gpu.handshake", "gpu.ipc");
  }

  @Test
  void withoutAGpuAllOfItIsSkipped() throws IOException, InterruptedException {
    Ran ran = run();
    assumeTrue(
        ran.output().contains("driver             missing"), "expected a machine without GPU");
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    assertThat(ran.lastLine().group(1)).isEqualTo("0");
    assertThat(ran.output())
        .contains("skipped  cuda-adapter: driver: expected NVIDIA's driver, libcuda.so.1")
        .contains("skipped  in process: driver: ");
  }

  @Test
  void wrongUseIsToldApart() throws IOException, InterruptedException {
    assertThat(run("--no-such-option").exitCode()).isEqualTo(2);
    Ran ran = run("--cudf", "nowhere.jar");
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.output()).contains("--cudf: expected a jar or its pieces but found neither");
  }

  private Ran run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("env", "-i", "PATH=/usr/bin:/bin"));
    command.add(unpacked.resolve("dlpack4j-gpu-check/run").toString());
    command.addAll(Stream.of(arguments).toList());
    return start(empty, command);
  }

  private static Ran start(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("gpu-check-", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("%s ends", command).isTrue();
      return new Ran(process.exitValue(), Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }
}
