package org.dlpack4j.doctor;

import java.util.List;

/** A report for people to read. */
final class Table {

  private Table() {}

  static String of(Report report) {
    StringBuilder table = new StringBuilder();
    for (Section section : report.sections()) {
      table.append("%s: %s%n".formatted(section.adapter().word(), section.adapter().title()));
      section.findings().forEach(finding -> append(table, finding));
      table.append("%n".formatted());
    }
    return table.append("%s%n".formatted(lastLine(report))).toString();
  }

  private static void append(StringBuilder table, Finding finding) {
    Verdict verdict = finding.verdict();
    table.append(
        "  %-10s  %-22s  %s%n".formatted(verdict.state().word(), finding.name(), verdict.found()));
    if (verdict.fix() != null) {
      boolean lack = verdict.state() != State.NOT_NEEDED;
      table.append("              %s: %s%n".formatted(lack ? "fix" : "if wanted", verdict.fix()));
    }
  }

  private static String lastLine(Report report) {
    List<String> lacking =
        report.sections().stream()
            .filter(section -> !section.state().works())
            .map(section -> section.adapter().word())
            .toList();
    String core = report.coreWorks() ? "core works" : "core does not work";
    return lacking.isEmpty()
        ? core + "; nothing is missing"
        : core + "; something is missing for: " + String.join(", ", lacking);
  }
}
