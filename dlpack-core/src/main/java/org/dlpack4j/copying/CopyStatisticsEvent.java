package org.dlpack4j.copying;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/** {@link CopyStatistics}, now and then. */
@Name("dlpack4j.CopyStatistics")
@Label("Copy Statistics")
@Category("dlpack4j")
@Description("What was copied since the start")
@Period("10 s")
@StackTrace(false)
final class CopyStatisticsEvent extends Event {

  @Label("Copies")
  long copies;

  @Label("Bytes")
  @Description("How many bytes they wrote")
  @DataAmount
  long bytes;

  static void report() {
    CopyStatisticsEvent event = new CopyStatisticsEvent();
    if (event.isEnabled()) {
      CopyStatistics now = Copies.statistics();
      event.copies = now.copies();
      event.bytes = now.bytes();
      event.commit();
    }
  }
}
