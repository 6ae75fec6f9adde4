package org.dlpack4j.importing;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/** {@link ImportStatistics}, now and then. */
@Name("dlpack4j.ImportStatistics")
@Label("Import Statistics")
@Category("dlpack4j")
@Description("How imported tensors are doing")
@Period("10 s")
@StackTrace(false)
final class ImportStatisticsEvent extends Event {

  @Label("Live")
  @Description("Adopted, and neither closed nor given away")
  long live;

  @Label("Bytes")
  @Description("From the lowest to the highest element of each")
  @DataAmount
  long bytes;

  @Label("Refusals")
  @Description("Tensors and tables that were not adopted, since the start")
  long refusals;

  @Label("Violations")
  @Description("How many had a tensor that was refused for each reason, since the start")
  String violations = "";

  @Label("Table Violations")
  @Description("How many tables were refused for each reason, since the start")
  String tableViolations = "";

  @Label("Leaks")
  @Description("Imported tensors dropped while held, since the start; 0 unless leaks are watched")
  long leaks;

  static void report() {
    ImportStatisticsEvent event = new ImportStatisticsEvent();
    if (event.isEnabled()) {
      ImportStatistics now = Imports.statistics();
      event.live = now.live();
      event.bytes = now.bytes();
      event.refusals = now.refusals();
      event.violations = now.violations().toString();
      event.tableViolations = now.tableViolations().toString();
      event.leaks = now.leaks();
      event.commit();
    }
  }
}
