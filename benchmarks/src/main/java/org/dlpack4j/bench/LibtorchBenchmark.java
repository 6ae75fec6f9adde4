package org.dlpack4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.dlpack4j.foreign.Libtorch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** libtorch's own exporter. */
@State(Scope.Thread)
public class LibtorchBenchmark {

  /** Where libtorch is unpacked, once; bin/bench sets it. */
  static final String CACHE_PROPERTY = "org.dlpack4j.bench.libtorch";

  private static final int COUNT = 1000;
  private static final Optional<Libtorch> LIBTORCH = load();

  private final Libtorch libtorch = loaded();
  private final Libtorch.Tensor tensor =
      libtorch.empty("float64", new long[] {Vector.SIZE}, new long[] {1});
  private final long function = libtorch.toDlpackVersionedFunction().address();

  private static Optional<Libtorch> load() {
    try {
      return Libtorch.loadFromClassPath(
          Path.of(System.getProperty(CACHE_PROPERTY, "target/libtorch")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** There unless {@link #lack()} says otherwise. */
  static Libtorch loaded() {
    return LIBTORCH.orElseThrow();
  }

  static Optional<String> lack() {
    return LIBTORCH.isPresent()
        ? Optional.empty()
        : Optional.of(
            "libtorch: expected org.bytedeco:pytorch and openblas for this platform on the class"
                + " path; there are some for Linux on x86-64 only");
  }

  /** As C++ uses it. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void loopInC() throws Throwable {
    export(COUNT);
  }

  /** As a JVM program could use it: one call into C for each tensor, as for ours. */
  @Benchmark
  public void callPerTensor() throws Throwable {
    export(1);
  }

  private void export(int count) throws Throwable {
    Baselines.requireSeen(
        (long) Baselines.FOREIGN_PRODUCER.invokeExact(function, tensor.handle(), (long) count),
        count);
  }

  @TearDown
  public void close() {
    tensor.close();
  }
}
