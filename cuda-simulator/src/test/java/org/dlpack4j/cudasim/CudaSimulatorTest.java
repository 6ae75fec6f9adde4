package org.dlpack4j.cudasim;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaSimulatorTest {

  private static final Pattern COUNTER = Pattern.compile("CUDASIM_([A-Z_]+) = (\\d+)");

  @Test
  void thereIsOneInAProcess() {
    assertThat(CudaSimulator.load()).isSameAs(CudaSimulator.load());
  }

  @Test
  void countersAreThoseOfTheHeader() throws IOException {
    Map<String, Integer> numbers =
        COUNTER
            .matcher(Files.readString(Path.of("src/main/c/cudasim.h")))
            .results()
            .collect(toMap(found -> found.group(1), found -> Integer.valueOf(found.group(2))));
    assertThat(numbers).containsEntry("COUNTERS", SimulatorCounter.values().length);
    for (SimulatorCounter counter : SimulatorCounter.values()) {
      assertThat(numbers).containsEntry(counter.name(), counter.code());
    }
  }

  @Test
  void everyCounterHasANumber() {
    CudaSimulator simulator = CudaSimulator.load();
    for (SimulatorCounter counter : SimulatorCounter.values()) {
      assertThat(simulator.count(counter)).as(counter.name()).isNotNegative();
    }
  }

  @Test
  void memoryThatIsNotLiveCannotBeLookedAt() {
    CudaSimulator simulator = CudaSimulator.load();
    assertThatThrownBy(() -> simulator.peek(4096, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cudasim_peek: expected CUDA_SUCCESS but found error 1");
    assertThatThrownBy(() -> simulator.poke(4096, new byte[1]))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void isWrittenForOtherProcesses(@TempDir Path folder) throws IOException {
    Path file = CudaSimulator.unpack(folder);
    assertThat(file).hasFileName("libcuda.so.1").isAbsolute().isNotEmptyFile();
    assertThat(CudaSimulator.unpack(folder)).as("a second time").isEqualTo(file);
  }
}
