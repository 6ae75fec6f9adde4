package org.dlpack4j.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * How JMH runs here: within this JVM, again and again for short times. JMH's own way, a JVM a
 * benchmark, would measure one side minutes after the other, and on a machine that others use too
 * the two would see different machines. Here both sides are compiled once and then take turns; the
 * JVM is still one that JMH's rules ask for, as it runs this one comparison and nothing else.
 */
final class JmhRun {

  private static final TimeValue SETTLE = TimeValue.milliseconds(30);

  private JmhRun() {}

  static ChainedOptionsBuilder of(Class<?> benchmark, String method, Mode mode) {
    return new OptionsBuilder()
        .include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
        .mode(mode)
        .forks(0)
        .timeUnit(mode == Mode.Throughput ? TimeUnit.MICROSECONDS : TimeUnit.NANOSECONDS)
        .shouldFailOnError(true)
        .shouldDoGC(false)
        .verbosity(VerboseMode.SILENT);
  }

  /** With the caches warm: the other side ran before. */
  static ChainedOptionsBuilder timed(Class<?> benchmark, String method, Mode mode, Effort.Run run) {
    return of(benchmark, method, mode)
        .warmupIterations(1)
        .warmupTime(SETTLE)
        .measurementIterations(run.iterations())
        .measurementTime(TimeValue.milliseconds(run.millis()));
  }
}
