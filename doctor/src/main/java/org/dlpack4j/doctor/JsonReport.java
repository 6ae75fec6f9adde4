package org.dlpack4j.doctor;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A report for programs to read. {@code bin/doctor --help} describes it. */
final class JsonReport {

  /** Grows when a field changes its meaning or goes; not when one is added. */
  static final int SCHEMA = 1;

  private JsonReport() {}

  static String of(Report report) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("schema", SCHEMA);
    fields.put("coreWorks", report.coreWorks());
    fields.put("adapters", report.sections().stream().map(JsonReport::section).toList());
    return Json.of(fields) + "\n";
  }

  private static Map<String, Object> section(Section section) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", section.adapter().word());
    fields.put("state", section.state().word());
    fields.put("checks", section.findings().stream().map(JsonReport::finding).toList());
    return fields;
  }

  private static Map<String, @Nullable Object> finding(Finding finding) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", finding.name());
    fields.put("state", finding.state().word());
    fields.put("found", finding.verdict().found());
    fields.put("fix", finding.verdict().fix());
    return fields;
  }
}
