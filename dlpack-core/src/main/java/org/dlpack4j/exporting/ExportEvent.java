package org.dlpack4j.exporting;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.OwnerKind;

/**
 * An export, just before it takes its owner over: whatever this throws, the caller still has it.
 */
@Name("dlpack4j.Export")
@Label("Exported Tensor")
@Category("dlpack4j")
@Description("A tensor was exported; sampled, but complete while leaks are watched")
final class ExportEvent extends Event {

  /** To ask whether it is recorded, without garbage. */
  private static final ExportEvent ANY = new ExportEvent();

  @Label("Owner Kind")
  String kind = "";

  @Label("Bytes")
  @Description("From the lowest to the highest element")
  @DataAmount
  long bytes;

  @Label("Tensor")
  String tensor = "";

  @Label("Sampling")
  @Description("How many exports this event stands for")
  int sampling = Flight.SAMPLING;

  static boolean isOn() {
    return ANY.isEnabled() && Flight.isSampled();
  }

  static void report(TensorView view, Owner owner) {
    ExportEvent event = new ExportEvent();
    event.kind = OwnerKind.of(owner);
    event.bytes = TensorBytes.of(view);
    event.tensor = view.toString();
    event.commit();
  }
}
