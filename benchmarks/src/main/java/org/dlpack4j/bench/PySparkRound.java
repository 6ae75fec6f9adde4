package org.dlpack4j.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ten million rows of four numbers from Spark's driver to NumPy, and all of them summed there:
 * {@code examples/pyspark} in one way, beside {@code toPandas()} with Arrow.
 */
final class PySparkRound implements Round {

  /** The example's script; bin/bench sets it. */
  static final String SCRIPT_PROPERTY = "org.dlpack4j.bench.pyspark";

  private static final String ROWS = "10000000";

  private final String way;
  private @Nullable Driver driver;

  /**
   * Asks later.
   *
   * @param way a method of {@code frames.py}
   */
  PySparkRound(String way) {
    this.way = way;
  }

  /** PySpark is too large to be downloaded for this alone. */
  static Optional<String> lack() {
    Path script = Path.of(System.getProperty(SCRIPT_PROPERTY, ""));
    Path python = script.resolveSibling("../../target/pyspark/python/bin/python");
    return Files.isExecutable(python)
        ? Optional.empty()
        : Optional.of(
            "expected PySpark but it is not here; run examples/pyspark/run --prepare, which"
                + " downloads 550 MB");
  }

  @Override
  public Sample run(Effort.Run run, boolean oursFirst) throws IOException {
    if (driver == null) {
      driver = Driver.start();
    }
    String[] numbers = driver.ask(way + " " + (oursFirst ? 1 : 0)).split(" ", -1);
    return new Sample(Double.parseDouble(numbers[1]), Double.parseDouble(numbers[2]));
  }

  /** The script at work: a line asks, a line answers. It ends with its input, and that with us. */
  private record Driver(PrintWriter out, BufferedReader in) {

    @SuppressWarnings("StreamResourceLeak")
    static Driver start() throws IOException {
      Process process =
          new ProcessBuilder(System.getProperty(SCRIPT_PROPERTY), "--serve", ROWS)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new Driver(new PrintWriter(process.outputWriter(), true), process.inputReader());
    }

    String ask(String question) throws IOException {
      out.println(question);
      String answer = in.readLine();
      while (answer != null && !answer.startsWith("nanoseconds ")) {
        answer = in.readLine(); // What Spark says.
      }
      if (answer == null) {
        throw new IOException(
            "frames.py: expected an answer to "
                + question
                + " but it has ended; try examples/pyspark/run");
      }
      return answer;
    }
  }
}
