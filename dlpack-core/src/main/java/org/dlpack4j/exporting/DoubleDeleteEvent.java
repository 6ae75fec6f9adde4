package org.dlpack4j.exporting;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Deleter calls on tensors that were deleted already. */
@Name("dlpack4j.DoubleDelete")
@Label("Double Delete")
@Category("dlpack4j")
@Description("A consumer called a deleter again; it was ignored. Noticed later, by the reaper")
@StackTrace(false) // that of the reaper
final class DoubleDeleteEvent extends Event {

  /** To ask whether it is recorded, without garbage. */
  private static final DoubleDeleteEvent ANY = new DoubleDeleteEvent();

  @Label("Count")
  @Description("How many such calls since the last event of this address, or since the start")
  long count;

  @Label("Address")
  @Description("The managed tensors were among those in the 8 KiB from here on")
  @MemoryAddress
  long address;

  static boolean isOn() {
    return ANY.isEnabled();
  }

  static void report(long slab, long count) {
    DoubleDeleteEvent event = new DoubleDeleteEvent();
    event.address = slab;
    event.count = count;
    event.commit();
  }
}
