package org.dlpack4j.bench;

import java.util.List;
import java.util.Optional;

/** What became of a comparison. */
sealed interface Outcome {

  Comparison comparison();

  /** One line for programs to read. */
  String line();

  /** It ran, otherwise than its name says if there is a comment. */
  record Measured(Comparison comparison, List<Round.Sample> samples, Optional<String> comment)
      implements Outcome {

    double ours() {
      return Numbers.median(samples.stream().mapToDouble(Round.Sample::ours));
    }

    double theirs() {
      return Numbers.median(samples.stream().mapToDouble(Round.Sample::theirs));
    }

    /** How many times better ours is, by the medians. */
    double speedup() {
      return comparison.unit().speedup(ours(), theirs());
    }

    /** The same of each round alone, from worst to best. */
    double[] speedups() {
      return samples.stream()
          .mapToDouble(sample -> comparison.unit().speedup(sample.ours(), sample.theirs()))
          .sorted()
          .toArray();
    }

    @Override
    public String line() {
      return prefix(comparison)
          + " ours="
          + Numbers.format(ours())
          + " theirs="
          + Numbers.format(theirs())
          + " unit="
          + comparison.unit().symbol()
          + " speedup="
          + Numbers.format(speedup())
          + comment.map(text -> " comment=" + quoted(text)).orElse("");
    }
  }

  /** It cannot run here. */
  record Skipped(Comparison comparison, String reason) implements Outcome {

    @Override
    public String line() {
      return prefix(comparison) + " skipped=" + quoted(reason);
    }
  }

  /** It should have run. */
  record Failed(Comparison comparison, String reason) implements Outcome {

    @Override
    public String line() {
      return prefix(comparison) + " failed=" + quoted(reason);
    }
  }

  private static String quoted(String text) {
    return '"' + text.replace('"', '\'') + '"';
  }

  private static String prefix(Comparison comparison) {
    return "bench name=" + comparison.name() + " peer=" + comparison.peer();
  }
}
