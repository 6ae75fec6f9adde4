package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.BYTES;
import static org.dlpack4j.bench.Unit.MILLIONS_PER_SECOND;
import static org.dlpack4j.bench.Unit.NANOSECONDS;
import static org.dlpack4j.bench.Unit.TIMES;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.exporting.Exports;

/** dlpack-core: what one exported tensor costs, from export to the consumer's deleter call. */
final class CoreComparisons {

  private static final String UPCALL_DELETERS = "-Dorg.dlpack4j.deleter=upcall";

  private static final Measure EXPORT = JmhMeasure.nanos(ExportBenchmark.class, "nonBlocking");
  private static final Measure MALLOC = JmhMeasure.nanos(MallocBenchmark.class, "exclusive");
  private static final Measure STUB_PER_TENSOR =
      JmhMeasure.nanos(StubPerTensorBenchmark.class, "shared");

  private CoreComparisons() {}

  static List<Comparison> all() {
    return Stream.of(export(), stub(), mark(), nativeOwner(), garbage(), threads(), live())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Comparison> export() {
    Measure refcounted = JmhMeasure.nanos(MallocBenchmark.class, "refcounted");
    Measure libtorch = JmhMeasure.nanos(LibtorchBenchmark.class, "loopInC");
    Measure libtorchPerCall = JmhMeasure.nanos(LibtorchBenchmark.class, "callPerTensor");
    Measure confinedStub = JmhMeasure.nanos(StubPerTensorBenchmark.class, "confined");
    String name = "core.export";
    return List.of(
        Comparison.of(name, "c", NANOSECONDS, EXPORT, MALLOC)
            .goal(0.25)
            .needs(CoreComparisons::nativeDeleters),
        Comparison.of(name, "c-refcounted", NANOSECONDS, EXPORT, refcounted)
            .goal(0.5)
            .needs(CoreComparisons::nativeDeleters),
        Comparison.of(name, "libtorch", NANOSECONDS, EXPORT, libtorch)
            .goal(2)
            .needs(() -> nativeDeleters().or(LibtorchBenchmark::lack)),
        Comparison.of(name, "libtorch-call-per-tensor", NANOSECONDS, EXPORT, libtorchPerCall)
            .needs(() -> nativeDeleters().or(LibtorchBenchmark::lack)),
        Comparison.of(name, "stub-per-tensor", NANOSECONDS, EXPORT, STUB_PER_TENSOR)
            .goal(150)
            .needs(CoreComparisons::nativeDeleters),
        Comparison.of(name, "confined-stub-per-tensor", NANOSECONDS, EXPORT, confinedStub)
            .needs(CoreComparisons::nativeDeleters));
  }

  private static List<Comparison> stub() {
    String name = "core.stub";
    return List.of(
        Comparison.of(name, "c", NANOSECONDS, EXPORT, MALLOC)
            .goal(0.18)
            .withJvmOptions(UPCALL_DELETERS),
        Comparison.of(name, "stub-per-tensor", NANOSECONDS, EXPORT, STUB_PER_TENSOR)
            .goal(100)
            .withJvmOptions(UPCALL_DELETERS));
  }

  private static List<Comparison> mark() {
    Measure inC = JmhMeasure.nanos(MarkBenchmark.class, "nativeDeleter");
    Measure inJava = JmhMeasure.nanos(MarkBenchmark.class, "upcallDeleter");
    return List.of(
        Comparison.of("core.mark", "raw-stub", NANOSECONDS, inC, inJava)
            .goal(1.3)
            .needs(CoreComparisons::nativeDeleters));
  }

  private static List<Comparison> nativeOwner() {
    Measure export = JmhMeasure.nanos(ExportBenchmark.class, "calling");
    return List.of(
        Comparison.of("core.native", "c", NANOSECONDS, export, MALLOC)
            .goal(0.33)
            .needs(CoreComparisons::nativeDeleters));
  }

  private static List<Comparison> garbage() {
    Measure garbage = new JmhGarbage(ExportBenchmark.class, "escaping");
    return List.of(
        Comparison.of("core.garbage", "budget", BYTES, garbage, Measure.constant(32)).goal(1));
  }

  private static List<Comparison> threads() {
    Measure one = JmhMeasure.throughput(ExportBenchmark.class, "nonBlocking", 1);
    Measure two = JmhMeasure.throughput(ExportBenchmark.class, "nonBlocking", 2);
    Measure scaling = Measure.ratio(two, one);
    Measure scalingOfC =
        Measure.ratio(
            JmhMeasure.throughput(MallocBenchmark.class, "exclusive", 2),
            JmhMeasure.throughput(MallocBenchmark.class, "exclusive", 1));
    String name = "core.threads";
    return List.of(
        Comparison.of(name, "one-thread", MILLIONS_PER_SECOND, two, one).goal(1.6),
        Comparison.of(name, "c-two-threads-scaling", TIMES, scaling, scalingOfC));
  }

  private static List<Comparison> live() {
    String name = "core.live";
    return List.of(
        live(Comparison.of(name, "native-budget", BYTES, LiveBytes.outsideHeap(), bytes(320))),
        live(Comparison.of(name, "heap-budget", BYTES, LiveBytes.onHeap(), bytes(64))),
        Comparison.of(name, "first-100k", NANOSECONDS, new LiveGrowth()).withJvmPerRound());
  }

  private static Measure bytes(int budget) {
    return Measure.constant(budget);
  }

  /** A heap of one size, all of it resident from the start, so that what grows is native memory. */
  private static Comparison live(Comparison comparison) {
    return comparison
        .goal(1)
        .withJvmPerRound()
        .withJvmOptions("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch");
  }

  private static Optional<String> nativeDeleters() {
    return Exports.deleterKind() == DeleterKind.NATIVE
        ? Optional.empty()
        : Optional.of(Exports.deleterDescription());
  }
}
