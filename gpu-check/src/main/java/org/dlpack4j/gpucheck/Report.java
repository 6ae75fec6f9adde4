package org.dlpack4j.gpucheck;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ParseResult;

/** What was found, as a page of docs/gpu. */
final class Report {

  private Report() {}

  static String of(String date, ParseResult command, Facts facts, List<Outcome> outcomes) {
    String options = String.join(" ", command.originalArgs());
    return Stream.of(
            "# GPU check of " + date,
            "    bin/gpu-check " + options,
            Tally.of(outcomes) + ".",
            options.contains("--simulated")
                ? "On the simulated driver: no time here is a GPU's."
                : "",
            "## The machine",
            facts(facts),
            "## What ran",
            parts(outcomes),
            cases("## Failed", outcomes, Result.FAILED),
            tails(outcomes),
            cases("## Passed", outcomes, Result.PASSED),
            cases("## Skipped", outcomes, Result.SKIPPED))
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining("\n\n", "", "\n"));
  }

  private static String facts(Facts facts) {
    return table(
        "| what | | |\n|---|---|---|",
        facts.all().stream()
            .map(fact -> row(fact.name(), fact.works() ? "works" : "missing", fact.text())));
  }

  private static String parts(List<Outcome> outcomes) {
    return table(
        "| part | passed | failed | skipped |\n|---|---|---|---|",
        outcomes.stream()
            .map(
                outcome ->
                    row(
                        outcome.part(),
                        outcome.count(Result.PASSED),
                        outcome.count(Result.FAILED),
                        outcome.count(Result.SKIPPED))));
  }

  private static String cases(String heading, List<Outcome> outcomes, Result result) {
    List<String> rows =
        outcomes.stream()
            .flatMap(
                outcome ->
                    outcome.cases().stream()
                        .filter(each -> each.result() == result)
                        .map(each -> row(outcome.part(), each.name(), each.reason())))
            .toList();
    return rows.isEmpty()
        ? ""
        : heading + "\n\n" + table("| part | test | |\n|---|---|---|", rows.stream());
  }

  private static String tails(List<Outcome> outcomes) {
    return outcomes.stream()
        .filter(outcome -> !outcome.tail().isEmpty())
        .map(
            outcome ->
                "%s printed in the end:\n\n```\n%s\n```"
                    .formatted(outcome.part(), String.join("\n", outcome.tail())))
        .collect(Collectors.joining("\n\n"));
  }

  private static String table(String head, Stream<String> rows) {
    return Stream.concat(Stream.of(head), rows).collect(Collectors.joining("\n"));
  }

  private static String row(Object... cells) {
    return Stream.of(cells)
        .map(cell -> cell.toString().replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }
}
