package org.dlpack4j.exporting;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/** {@link ExportStatistics}, now and then. */
@Name("dlpack4j.ExportStatistics")
@Label("Export Statistics")
@Category("dlpack4j")
@Description("How exported tensors are doing")
@Period("10 s")
@StackTrace(false)
final class ExportStatisticsEvent extends Event {

  @Label("Live")
  @Description("Held, or out with consumers")
  long live;

  @Label("Pending")
  @Description("Deleted by their consumers, owner not yet released")
  long pending;

  @Label("Double Deletes")
  @Description("Deleter calls on tensors that were deleted already, since the start")
  long doubleDeletes;

  @Label("Release Failures")
  @Description("Owners whose release threw, since the start")
  long releaseFailures;

  @Label("Leaks")
  @Description("Exported tensors dropped while held, since the start; 0 unless leaks are watched")
  long leaks;

  @Label("Native Bytes")
  @Description("Memory taken for managed tensors, never given back but used again")
  @DataAmount
  long nativeBytes;

  static void report() {
    ExportStatisticsEvent event = new ExportStatisticsEvent();
    if (event.isEnabled()) {
      ExportStatistics now = Exports.statistics();
      event.live = now.live();
      event.pending = now.pending();
      event.doubleDeletes = now.doubleDeletes();
      event.releaseFailures = now.releaseFailures();
      event.leaks = now.leaks();
      event.nativeBytes = now.nativeBytes();
      event.commit();
    }
  }
}
