package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole doctor, as a process of its own. */
class DoctorTest {

  private static final String GRANTED = "--enable-native-access=ALL-UNNAMED";
  private static final String DENIED = "--illegal-native-access=deny";

  /** Prints what a check came to, by Python's own reading of the JSON. */
  private static final String READ =
      """
      import json, sys
      report = json.load(open(sys.argv[1]))
      print("\\t".join(["schema", str(report["schema"]), "coreWorks", str(report["coreWorks"])]))
      for adapter in report["adapters"]:
          print("\\t".join([adapter["name"], adapter["state"]]))
          for check in adapter["checks"]:
              print("\\t".join([adapter["name"], check["name"], check["state"],
                               check["found"], str(check["fix"])]))
      """;

  @TempDir private Path folder;

  private record Ended(int exitCode, String out, String err) {}

  @Test
  void theTableEndsBySayingThatCoreWorks() throws Exception {
    Ended doctor = doctor(List.of(GRANTED));

    assertThat(doctor.exitCode()).as("%s", doctor).isZero();
    assertThat(doctor.err()).isEmpty();
    assertThat(doctor.out().lines().toList().getLast()).startsWith("core works; ");
    assertThat(doctor.out())
        .contains("\n  ok          export                  both flavours")
        .contains("\n  ok          deleters                native: libdlpack4j-shim from the jar");
    for (Adapter adapter : Adapter.values()) {
      assertThat(doctor.out().lines()).contains(adapter.word() + ": " + adapter.title());
    }
  }

  @Test
  void thePromisedJsonIsReadByPython() throws Exception {
    Ended doctor = doctor(List.of(GRANTED), "--json");

    assertThat(doctor.exitCode()).as("%s", doctor).isZero();
    List<String> lines = read(doctor);
    assertThat(lines.getFirst()).isEqualTo("schema\t1\tcoreWorks\tTrue");
    assertThat(lines)
        .contains("core\tok")
        .anyMatch(line -> line.startsWith("core\texport\tok\tboth flavours"))
        .anyMatch(line -> line.startsWith("spark\tspark-sql\tmissing\t"));
  }

  @Test
  void deniedNativeAccessIsFoundWithItsFlagAndEndsWithOne() throws Exception {
    Ended doctor = doctor(List.of(DENIED), "--json");

    assertThat(doctor.exitCode()).as("%s", doctor).isEqualTo(1);
    List<String> lines = read(doctor);
    assertThat(lines.getFirst()).endsWith("coreWorks\tFalse");
    assertThat(lines)
        .contains(
            "core\texport\tbroken\tneeds native access, which this JVM denies\tstart Java with "
                + GRANTED)
        .noneMatch(line -> line.contains("report it"));
  }

  @Test
  void chosenUpcallsAreWorseButCoreWorks() throws Exception {
    Ended doctor = doctor(List.of(GRANTED, "-Dorg.dlpack4j.deleter=upcall"), "--json");

    assertThat(doctor.exitCode()).as("%s", doctor).isZero();
    assertThat(read(doctor))
        .contains("shim\tdegraded")
        .anyMatch(line -> line.startsWith("shim\tdeleters\tdegraded\tupcall: chosen by "));
  }

  @Test
  void aShimThatMustBeThereAndIsNotStopsCore() throws Exception {
    String missing = "-Dorg.dlpack4j.shim.library=" + folder.resolve("missing.so");
    Ended doctor = doctor(List.of(GRANTED, "-Dorg.dlpack4j.deleter=native", missing), "--json");

    assertThat(doctor.exitCode()).as("%s", doctor).isEqualTo(1);
    assertThat(read(doctor))
        .anyMatch(line -> line.startsWith("core\texport\tbroken\t") && line.contains("missing.so"))
        .anyMatch(
            line -> line.startsWith("shim\tdeleters\tbroken\t") && line.contains("missing.so"));
  }

  @Test
  void aMachineWithoutPythonOrCompilerIsToldSo() throws Exception {
    Ended doctor = run(Map.of("PATH", folder.toString()), List.of(GRANTED), List.of());

    assertThat(doctor.exitCode()).as("%s", doctor).isZero();
    assertThat(doctor.out())
        .contains("  missing     python3                 no python3 on the PATH")
        .contains("  degraded    C compiler and CMake    no C compiler on the PATH");
  }

  @Test
  void whatArrowIsDeniedIsTriedWithThisJvmsFlags() throws Exception {
    Ended doctor = doctor(List.of(GRANTED, "--sun-misc-unsafe-memory-access=deny"));
    assertThat(doctor.out())
        .contains("  missing     sun.misc.Unsafe         java.lang.UnsupportedOperationException")
        .contains("  degraded    java.nio                closed");

    doctor = doctor(List.of(GRANTED, "--add-opens=java.base/java.nio=ALL-UNNAMED"));
    assertThat(doctor.out())
        .contains("  ok          sun.misc.Unsafe         ")
        .contains("  ok          java.nio                open to the class path");
  }

  @Test
  void jarsAreFoundOnTheClassPathThatIsNamed() throws Exception {
    jar("arrow-vector-19.0.0.jar", "org/apache/arrow/vector/FieldVector.class");
    jar("py4j-0.10.9.9.jar", "py4j/GatewayServer.class");
    Files.createDirectories(folder.resolve("classes/ai/onnxruntime"));
    Files.createFile(folder.resolve("classes/ai/onnxruntime/OrtEnvironment.class"));

    String path = folder + "/*" + File.pathSeparator + folder.resolve("classes");
    Ended doctor = doctor(List.of(GRANTED), "--class-path", path);

    assertThat(doctor.out())
        .contains("  ok          arrow-vector            arrow-vector-19.0.0.jar")
        .contains("  ok          py4j jar                py4j-0.10.9.9.jar")
        .contains("  ok          onnxruntime             classes");
  }

  @Test
  void aTemporaryFolderWithoutExecutionIsFound() throws Exception {
    String mount = "mount -t tmpfs -o noexec tmpfs " + folder;
    List<String> inNamespace = List.of("unshare", "--mount", "sh", "-c", mount + " && exec \"$@\"");
    assumeTrue(isAllowed(inNamespace), "mounts in a namespace of our own are refused");
    List<String> command = new ArrayList<>(inNamespace);
    command.add("sh");
    command.addAll(command(List.of(GRANTED, "-Djava.io.tmpdir=" + folder), List.of()));

    Ended doctor = run(Map.of(), command);

    assertThat(doctor.exitCode()).as("%s", doctor).isZero();
    assertThat(doctor.out())
        .contains("temporary folder        " + folder + " forbids execution")
        .contains("  ok          deleters                native: ");
  }

  @Test
  void wrongUseEndsWithTwoAndSaysWhatIsRight() throws Exception {
    Ended unknown = doctor(List.of(GRANTED), "--jsno");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("--jsno", "--json");

    Ended missing = doctor(List.of(GRANTED), "--class-path", folder.resolve("no.jar").toString());
    assertThat(missing.exitCode()).isEqualTo(2);
    assertThat(missing.err()).contains("--class-path: expected jars and folders", "no.jar");
  }

  @Test
  void helpDescribesTheJsonAndTheExitCodes() throws Exception {
    Ended help = doctor(List.of(GRANTED), "--help");

    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("{schema: 1, coreWorks: boolean", "Exit codes: 0 core works");
  }

  private Ended doctor(List<String> flags, String... arguments) throws Exception {
    return run(Map.of(), flags, List.of(arguments));
  }

  private Ended run(Map<String, String> environment, List<String> flags, List<String> arguments)
      throws Exception {
    return run(environment, command(flags, arguments));
  }

  private static List<String> command(List<String> flags, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Doctor.class.getName()));
    command.addAll(arguments);
    return command;
  }

  private Ended run(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("doctor-", ".out");
    Path err = Files.createTempFile("doctor-", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended in time").isTrue();
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      process.destroyForcibly();
      Files.delete(out);
      Files.delete(err);
    }
  }

  private List<String> read(Ended doctor) throws Exception {
    Path json = Files.writeString(folder.resolve("report.json"), doctor.out());
    Ended python = run(Map.of(), List.of("python3", "-c", READ, json.toString()));
    assertThat(python.exitCode()).as("%s of %s", python, doctor).isZero();
    return python.out().lines().toList();
  }

  private boolean isAllowed(List<String> inNamespace) throws Exception {
    List<String> trial = Stream.concat(inNamespace.stream(), Stream.of("sh", "true")).toList();
    return run(Map.of(), trial).exitCode() == 0;
  }

  private void jar(String name, String entry) throws IOException {
    try (ZipOutputStream jar = new ZipOutputStream(Files.newOutputStream(folder.resolve(name)))) {
      jar.putNextEntry(new ZipEntry(entry));
      jar.closeEntry();
    }
  }
}
