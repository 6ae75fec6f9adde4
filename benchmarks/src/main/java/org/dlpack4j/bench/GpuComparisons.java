package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.util.List;
import java.util.Optional;
import org.dlpack4j.cuda.Cuda;

/** What exchanging tensors costs on a GPU. Without one, none of it says anything. */
final class GpuComparisons {

  /** Lets them run on the simulated driver, to see that they do. */
  static final String SIMULATED_PROPERTY = "org.dlpack4j.bench.simulated";

  private static final int HANDSHAKE_BUDGET = 10_000;

  private GpuComparisons() {}

  static List<Comparison> all() {
    return List.of(
        compared("gpu.handshake", "budget-10us", handshake(), Measure.constant(HANDSHAKE_BUDGET))
            .goal(1),
        compared("gpu.copying", "host-roundtrip", exchange(), GpuMeasures::hostRoundTrip)
            .goal(1000),
        compared("gpu.copying", "device-copy", exchange(), GpuMeasures::deviceCopy).goal(20),
        unwritten("gpu.roundtrip", "expected cudf-adapter in this build but it has none").goal(0.8),
        unwritten("gpu.ipc", "expected a script that times it but none is written yet").goal(0.8));
  }

  private static Measure handshake() {
    return GpuMeasures::handshake;
  }

  private static Measure exchange() {
    return GpuMeasures::exchange;
  }

  private static Comparison compared(String name, String peer, Measure ours, Measure theirs) {
    return Comparison.of(name, peer, NANOSECONDS, ours, theirs).needs(GpuComparisons::lack);
  }

  private static Comparison unwritten(String name, String reason) {
    return Comparison.of(name, "1KiB", NANOSECONDS, Measure.constant(1), Measure.constant(1))
        .needs(() -> lack().or(() -> Optional.of(reason)));
  }

  static boolean isSimulated() {
    return Cuda.devices().stream().anyMatch(device -> device.name().startsWith("Simulated"));
  }

  private static Optional<String> lack() {
    if (isSimulated() && !Boolean.getBoolean(SIMULATED_PROPERTY)) {
      return Optional.of("expected a GPU but found the simulated driver, whose times mean nothing");
    }
    return Cuda.missing();
  }
}
