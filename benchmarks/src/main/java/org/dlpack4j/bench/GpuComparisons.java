package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.util.List;
import java.util.Optional;
import org.dlpack4j.cuda.Cuda;

/** What exchanging tensors costs on a GPU. Without one, none of it says anything. */
final class GpuComparisons {

  /** Lets them run on the simulated driver, to see that they do; under another name. */
  static final String SIMULATED_PROPERTY = "org.dlpack4j.bench.simulated";

  private static final boolean SIMULATED = Boolean.getBoolean(SIMULATED_PROPERTY);
  private static final int HANDSHAKE_BUDGET = 10_000;

  private GpuComparisons() {}

  static List<Comparison> all() {
    return List.of(
        compared("handshake", "budget-10us", handshake(), Measure.constant(HANDSHAKE_BUDGET))
            .goal(1),
        compared("copying", "host-roundtrip", exchange(), GpuMeasures::hostRoundTrip).goal(1000),
        compared("copying", "device-copy", exchange(), GpuMeasures::deviceCopy).goal(20),
        ofPython("roundtrip").goal(0.8),
        ofPython("ipc").goal(0.8));
  }

  private static Measure handshake() {
    return GpuMeasures::handshake;
  }

  private static Measure exchange() {
    return GpuMeasures::exchange;
  }

  private static Comparison compared(String name, String peer, Measure ours, Measure theirs) {
    return Comparison.of(family() + name, peer, NANOSECONDS, ours, theirs)
        .needs(GpuComparisons::lack);
  }

  /** Eight gibibytes beside one kibibyte, timed by a script of gpu-check's. */
  private static Comparison ofPython(String name) {
    String script = name + ".py";
    Measure large = new PythonMeasure(script, "large");
    Measure small = new PythonMeasure(script, "small");
    return compared(name, "1KiB", large, small)
        .needs(
            () ->
                lackOfBundle(script)
                    .or(GpuComparisons::lack)
                    .or(() -> PythonMeasure.lackOf(script)));
  }

  private static Optional<String> lackOfBundle(String script) {
    return PythonMeasure.has(script)
        ? Optional.empty()
        : Optional.of(
            "expected to be run by bin/gpu-check, whose Python times it; where there are a GPU and"
                + " CuPy: bin/gpu-check --only comparisons --cudf JAR");
  }

  /** So that nobody takes a time of the simulated driver for a GPU's. */
  private static String family() {
    return SIMULATED ? "simulated." : "gpu.";
  }

  static boolean isSimulated() {
    return Cuda.devices().stream().anyMatch(device -> device.name().startsWith("Simulated"));
  }

  private static Optional<String> lack() {
    if (isSimulated() && !SIMULATED) {
      return Optional.of("expected a GPU but found the simulated driver, whose times mean nothing");
    }
    return Cuda.missing();
  }
}
