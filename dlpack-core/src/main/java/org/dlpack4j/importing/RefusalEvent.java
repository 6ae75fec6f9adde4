package org.dlpack4j.importing;

import java.util.Collection;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;

/** A tensor or a table that was not adopted. */
@Name("dlpack4j.Refusal")
@Label("Refused Tensor")
@Category("dlpack4j")
@Description("A foreign tensor or table was refused; every one is recorded")
final class RefusalEvent extends Event {

  @Label("Address")
  @Description("Where its managed tensor is; 0 for a table")
  @MemoryAddress
  long address;

  @Label("Violations")
  @Description("The codes of all reasons")
  String violations = "";

  @Label("Message")
  @Description("All reasons in words, and who owns the tensor now")
  String message = "";

  static void report(long managed, Collection<?> codes, Exception refusal) {
    RefusalEvent event = new RefusalEvent();
    if (event.isEnabled()) {
      event.address = managed;
      event.violations = codes.toString();
      event.message = String.valueOf(refusal.getMessage());
      event.commit();
    }
  }
}
