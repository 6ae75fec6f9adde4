package org.dlpack4j.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.dlpack4j.exporting.ExportStatistics;
import org.dlpack4j.exporting.Exports;

/**
 * Does one comparison, in a JVM that {@link Fork} started for it. Says on standard output what
 * {@link Fork} reads: {@code skipped REASON}, or {@code round OURS THEIRS} for each round, and
 * {@code comment TEXT} about all of them.
 */
public final class Child {

  static final String ROUND = "round";
  static final String SKIPPED = "skipped";
  static final String COMMENT = "comment";

  private static final Duration LONGEST_DRAIN = Duration.ofSeconds(10);

  private Child() {}

  /** Arguments: name, peer, effort. */
  public static void main(String[] args) throws Exception {
    Comparison comparison = Comparisons.find(args[0], args[1]);
    Effort effort = Effort.valueOf(args[2]);
    Optional<String> lack = comparison.requirement().lack();
    if (lack.isPresent()) {
      say(SKIPPED + " " + lack.get());
      return;
    }
    if (!comparison.jvmPerRound()) {
      comparison.round().run(effort.warmUp(), true);
      // As in a JVM that has run for long: what lives long is in the old generation.
      System.gc();
    }
    int rounds = comparison.jvmPerRound() ? 1 : effort.rounds();
    for (int i = 0; i < rounds; i++) {
      Round.Sample sample = comparison.round().run(effort.round(), i % 2 == 0);
      say(ROUND + " " + sample.ours() + " " + sample.theirs());
    }
    requireNothingLive();
  }

  @SuppressWarnings("SystemOut") // The protocol.
  static void say(String line) {
    System.out.println(line);
  }

  /** A benchmark that leaves something behind has not measured all of the work. */
  private static void requireNothingLive() throws InterruptedException {
    Instant deadline = Instant.now().plus(LONGEST_DRAIN);
    ExportStatistics end = Exports.statistics();
    while (end.pending() != 0 && Instant.now().isBefore(deadline)) {
      Exports.releasePending();
      Thread.sleep(1);
      end = Exports.statistics();
    }
    if (end.live() + end.pending() + end.doubleDeletes() + end.releaseFailures() != 0) {
      throw new IllegalStateException("exports: expected none at the end but found " + end);
    }
  }
}
