package org.dlpack4j.internal;

import java.io.PrintWriter;
import java.io.StringWriter;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A handle that was dropped. */
@Name("dlpack4j.Leak")
@Label("Leaked Tensor")
@Category("dlpack4j")
@Description(
    "A tensor was dropped while it had something to give back; found while leaks are watched")
@StackTrace(false) // that of the watching thread
final class LeakEvent extends Event {

  @Label("What")
  String what = "";

  @Label("Consequence")
  String consequence = "";

  @Label("Address")
  @Description("Where its managed tensor is")
  @MemoryAddress
  long address;

  @Label("Site")
  @Description("The stack trace of its making, with -Dorg.dlpack4j.leaks=sites")
  @Nullable String site;

  static void report(String what, String consequence, long address, @Nullable Throwable site) {
    LeakEvent event = new LeakEvent();
    if (event.isEnabled()) {
      event.what = what;
      event.consequence = consequence;
      event.address = address;
      event.site = site == null ? null : text(site);
      event.commit();
    }
  }

  private static String text(Throwable site) {
    StringWriter text = new StringWriter();
    site.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
