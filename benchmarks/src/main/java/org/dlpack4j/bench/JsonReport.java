package org.dlpack4j.bench;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All outcomes for programs to read, with every round. */
final class JsonReport {

  private JsonReport() {}

  static String of(Machine machine, Instant date, Effort effort, List<Outcome> outcomes) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("date", date);
    report.put("effort", effort.name().toLowerCase(Locale.ROOT));
    report.put("machine", machine(machine));
    report.put("comparisons", outcomes.stream().map(JsonReport::outcome).toList());
    return Json.of(report) + "\n";
  }

  private static Map<String, Object> machine(Machine machine) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("processor", machine.processor());
    fields.put("cores", machine.cores());
    fields.put("jdk", machine.jdk());
    fields.put("kernel", machine.kernel());
    fields.put("load", machine.load());
    return fields;
  }

  private static Map<String, @Nullable Object> outcome(Outcome outcome) {
    Comparison comparison = outcome.comparison();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", comparison.name());
    fields.put("peer", comparison.peer());
    fields.put("unit", comparison.unit().symbol());
    fields.put("goal", comparison.goal().isPresent() ? comparison.goal().getAsDouble() : null);
    switch (outcome) {
      case Outcome.Measured measured -> {
        fields.put("ours", measured.ours());
        fields.put("theirs", measured.theirs());
        fields.put("speedup", measured.speedup());
        fields.put("rounds", measured.samples().stream().map(JsonReport::round).toList());
        measured.comment().ifPresent(comment -> fields.put("comment", comment));
      }
      case Outcome.Skipped skipped -> fields.put("skipped", skipped.reason());
      case Outcome.Failed failed -> fields.put("failed", failed.reason());
    }
    return fields;
  }

  private static Map<String, Object> round(Round.Sample sample) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("ours", sample.ours());
    fields.put("theirs", sample.theirs());
    return fields;
  }
}
