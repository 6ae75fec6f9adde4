package org.dlpack4j.exporting;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.OwnerKind;

/** The release of an owner, on a thread of the JVM's choosing. */
@Name("dlpack4j.Release")
@Label("Released Owner")
@Category("dlpack4j")
@Description(
    "What an exported tensor held was released, which took as long as the event; a table's owner"
        + " goes with the last of its tensors. Not those that C releases. Sampled, but complete"
        + " while leaks are watched")
@StackTrace(false) // that of the thread which happened to do it
final class ReleaseEvent extends Event {

  /** To ask whether it is recorded, without garbage. */
  private static final ReleaseEvent ANY = new ReleaseEvent();

  @Label("Owner Kind")
  String kind = "";

  @Label("Tensors")
  @Description("More than 1 where several of a table were found deleted together")
  int tensors;

  @Label("Bytes")
  @Description("Of all of them, each from its lowest to its highest element")
  @DataAmount
  long bytes;

  @Label("Age")
  @Description(
      "From the export to the release, to about a second; when the consumer deleted it is not"
          + " known")
  @Timespan(Timespan.MILLISECONDS)
  long age;

  @Label("Failed")
  @Description("Whether the release threw")
  boolean failed = true;

  @Label("Sampling")
  @Description("How many releases this event stands for")
  int sampling = Flight.SAMPLING;

  static boolean isOn() {
    return ANY.isEnabled() && Flight.isSampled();
  }

  static ReleaseEvent begun() {
    ReleaseEvent event = new ReleaseEvent();
    event.begin();
    return event;
  }

  /** One of the tensors that held the owner. */
  void add(long spannedBytes) {
    tensors++;
    bytes += spannedBytes;
  }

  void commit(Owner owner, int birth) {
    kind = OwnerKind.of(owner);
    age = Birth.age(birth, Exports.CLOCK.update()).toMillis();
    commit();
  }
}
