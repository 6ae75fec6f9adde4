package org.dlpack4j.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.doctor.Doctor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** bin/doctor asks the driver by itself, yet says of every machine what cuda-adapter says of it. */
class DoctorAgreesTest {

  private static final Pattern GPUS =
      Pattern.compile("\"name\": \"GPUs\", \"state\": \"([a-z-]+)\", \"found\": \"([^\"]*)\"");

  @TempDir private Path folder;

  private Map<String, String> simulated = Map.of();

  @BeforeEach
  void unpackDriver() throws IOException {
    CudaSimulator.unpack(folder);
    simulated = Map.of("LD_LIBRARY_PATH", folder.toString(), "CUDASIM_DEVICES", "2");
  }

  @Test
  void aboutEveryDeviceByNameAndUuid() throws IOException, InterruptedException {
    List<Message.Fact> facts = facts(simulated);
    Matcher gpus = gpus(simulated);
    assertThat(facts.getFirst().works()).isTrue();
    assertThat(gpus.group(1)).isEqualTo("ok");
    assertThat(facts).hasSize(3);
    for (Message.Fact device : facts.subList(1, 3)) {
      String[] nameSizeUuid = device.text().split(", ", -1);
      assertThat(gpus.group(2)).contains(nameSizeUuid[0] + ", " + nameSizeUuid[2]);
    }
  }

  @Test
  void aboutADriverWithoutDevices() throws IOException, InterruptedException {
    assertMissing(
        Map.of("LD_LIBRARY_PATH", folder.toString(), "CUDA_VISIBLE_DEVICES", ""),
        "CUDA_ERROR_NO_DEVICE");
  }

  @Test
  void aboutADriverThatFails() throws IOException, InterruptedException {
    assertMissing(
        Map.of("LD_LIBRARY_PATH", folder.toString(), "CUDASIM_FAIL", "cuDeviceGetCount:1:999"),
        "CUDA_ERROR_UNKNOWN");
  }

  @Test
  void whatCanBeSharedIsTriedWithADevice() throws IOException, InterruptedException {
    String report = run(simulated, Doctor.class);
    assertThat(report)
        .contains("ok          unified addresses       of host and GPUs")
        .contains("ok          shared by descriptor    exported, in pages of 2048 KiB")
        .contains("ok          shared by handle        exported")
        .contains("ok          pinned memory           16 MiB were pinned");
  }

  @ParameterizedTest
  @CsvSource({
    "cuDeviceGetAttribute, 1, unified addresses",
    "cuDeviceGetAttribute, 2, shared by descriptor",
    "cuDeviceGetAttribute, 3, shared by descriptor",
    "cuMemCreate, 1, shared by descriptor",
    "cuMemExportToShareableHandle, 1, shared by descriptor",
    "cuIpcGetMemHandle, 1, shared by handle",
    "cuMemHostAlloc, 1, pinned memory"
  })
  void whatTheDriverRefusesIsSaidWithItsReason(String function, int call, String check)
      throws IOException, InterruptedException {
    String fault = function + ":" + call + ":801";
    String report =
        run(Map.of("LD_LIBRARY_PATH", folder.toString(), "CUDASIM_FAIL", fault), Doctor.class);
    assertThat(report.lines().filter(line -> line.contains("expected success but")))
        .singleElement()
        .asString()
        .contains(check)
        .contains(function + ": expected success but found CUDA_ERROR_NOT_SUPPORTED");
  }

  @Test
  void aboutNoDriver() throws IOException, InterruptedException {
    // A machine with a GPU has one.
    boolean works = facts(Map.of()).getFirst().works();
    assertThat(gpus(Map.of()).group(1).equals("ok")).isEqualTo(works);
  }

  private void assertMissing(Map<String, String> environment, String reason)
      throws IOException, InterruptedException {
    Message.Fact driver = facts(environment).getFirst();
    assertThat(driver.works()).isFalse();
    assertThat(driver.text()).contains(reason);
    assertThat(gpus(environment).group(1)).isEqualTo("missing");
    assertThat(run(environment, Doctor.class, "--json")).contains(reason);
  }

  private static List<Message.Fact> facts(Map<String, String> environment)
      throws IOException, InterruptedException {
    return run(environment, DriverProbe.class)
        .lines()
        .map(Message::parse)
        .flatMap(Optional::stream)
        .filter(Message.Fact.class::isInstance)
        .map(Message.Fact.class::cast)
        .toList();
  }

  private static Matcher gpus(Map<String, String> environment)
      throws IOException, InterruptedException {
    Matcher matcher = GPUS.matcher(run(environment, Doctor.class, "--json"));
    assertThat(matcher.find()).isTrue();
    return matcher;
  }

  private static String run(Map<String, String> environment, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
