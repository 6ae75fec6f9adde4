package org.dlpack4j.bench;

import java.util.List;

/** All outcomes for people to read. */
final class Table {

  private static final String ROW = "%-19s %-25s %9s %9s %-4s %8s  %-17s %s%n";

  private Table() {}

  static String of(List<Outcome> outcomes) {
    StringBuilder table = new StringBuilder();
    table.append(
        ROW.formatted(
            "name", "peer", "ours", "theirs", "unit", "speedup", "(worst to best)", "goal"));
    outcomes.forEach(outcome -> table.append(row(outcome)));
    return table.toString();
  }

  private static String row(Outcome outcome) {
    Comparison comparison = outcome.comparison();
    return switch (outcome) {
      case Outcome.Measured measured -> row(comparison, measured);
      case Outcome.Skipped skipped -> row(comparison, "skipped: " + skipped.reason());
      case Outcome.Failed failed -> row(comparison, "failed: " + failed.reason());
    };
  }

  private static String row(Comparison comparison, Outcome.Measured measured) {
    double[] speedups = measured.speedups();
    return ROW.formatted(
        comparison.name(),
        comparison.peer(),
        Numbers.format(measured.ours()),
        Numbers.format(measured.theirs()),
        comparison.unit().symbol(),
        Numbers.format(measured.speedup()),
        "("
            + Numbers.format(speedups[0])
            + " to "
            + Numbers.format(speedups[speedups.length - 1])
            + ")",
        goal(comparison, measured.speedup())
            + measured.comment().map(comment -> "; " + comment).orElse(""));
  }

  private static String row(Comparison comparison, String text) {
    return "%-19s %-25s %s%n".formatted(comparison.name(), comparison.peer(), text);
  }

  private static String goal(Comparison comparison, double speedup) {
    if (comparison.goal().isEmpty()) {
      return "none";
    }
    double goal = comparison.goal().getAsDouble();
    return Numbers.format(goal) + (speedup >= goal ? " met" : " missed");
  }
}
