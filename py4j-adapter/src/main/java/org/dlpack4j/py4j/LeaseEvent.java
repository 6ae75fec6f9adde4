package org.dlpack4j.py4j;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.dlpack4j.internal.Flight;

/** A lease that was granted, or given back. */
@Name("dlpack4j.Lease")
@Label("Lease")
@Category("dlpack4j")
@Description("A peer got an object or memory, or gave it back; sampled, as exports are")
@StackTrace(false)
final class LeaseEvent extends Event {

  /** To ask whether it is recorded, without garbage. */
  private static final LeaseEvent ANY = new LeaseEvent();

  @Label("Lease")
  long lease;

  @Label("Object")
  @Description("Its name; empty for memory to write to")
  String name = "";

  @Label("Process")
  @Description("The peer's process id")
  long pid;

  @Label("Bytes")
  @DataAmount
  long bytes;

  @Label("Granted")
  @Description("Whether it was granted, and not given back")
  boolean granted;

  @Label("Sampling")
  @Description("How many leases this event stands for")
  int sampling = Flight.SAMPLING;

  static boolean isOn() {
    return ANY.isEnabled() && Flight.isSampled();
  }

  static void report(Lease lease, boolean granted) {
    LeaseEvent event = new LeaseEvent();
    event.lease = lease.id();
    event.name = lease.name().orElse("");
    event.pid = lease.pid();
    event.bytes = lease.bytes();
    event.granted = granted;
    event.commit();
  }
}
