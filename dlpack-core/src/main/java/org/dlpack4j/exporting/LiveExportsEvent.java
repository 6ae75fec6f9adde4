package org.dlpack4j.exporting;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One of {@link LiveExports}, now and then. */
@Name("dlpack4j.LiveExports")
@Label("Live Exports")
@Category("dlpack4j")
@Description("Exported tensors of one kind of owner that are held, or out with consumers")
@Period("10 s")
@StackTrace(false)
final class LiveExportsEvent extends Event {

  @Label("Owner Kind")
  String kind = "";

  @Label("Count")
  long count;

  @Label("Bytes")
  @Description("From the lowest to the highest element of each")
  @DataAmount
  long bytes;

  @Label("Oldest")
  @Description("How long ago the first of them was exported, to about a second")
  @Timespan(Timespan.MILLISECONDS)
  long oldest;

  static void report() {
    if (new LiveExportsEvent().isEnabled()) {
      Exports.live().forEach(LiveExportsEvent::report);
    }
  }

  private static void report(LiveExports live) {
    LiveExportsEvent event = new LiveExportsEvent();
    event.kind = live.kind();
    event.count = live.count();
    event.bytes = live.bytes();
    event.oldest = live.oldest().toMillis();
    event.commit();
  }
}
