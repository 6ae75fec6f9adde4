package org.dlpack4j.copying;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.dlpack4j.elements.TensorElements;
import org.jspecify.annotations.Nullable;

/** A copy. Its stack trace says who asked for it. */
@Name("dlpack4j.Copy")
@Label("Copied Tensor")
@Category("dlpack4j")
@Description("A tensor was copied, because somebody asked for it; every one is recorded")
final class CopyEvent extends Event {

  /** To ask whether it is recorded, without garbage. */
  private static final CopyEvent ANY = new CopyEvent();

  @Label("Operation")
  @Description("The method of Copies that was called")
  String operation = "";

  @Label("Tensor")
  @Description("What was copied")
  String tensor = "";

  @Label("Bytes")
  @Description("How many bytes were written")
  @DataAmount
  long bytes;

  /** Null while nobody records. */
  static @Nullable CopyEvent begun(String operation, TensorElements tensor) {
    return ANY.isEnabled()
        ? started(operation, tensor.dataType() + tensor.layout().toString())
        : null;
  }

  /** Null while nobody records. */
  static @Nullable CopyEvent begun(String operation, long bits) {
    return ANY.isEnabled() ? started(operation, bits + " bits") : null;
  }

  private static CopyEvent started(String operation, String tensor) {
    CopyEvent event = new CopyEvent();
    event.operation = operation;
    event.tensor = tensor;
    event.begin();
    return event;
  }

  static void end(CopyEvent event, long bytes) {
    event.bytes = bytes;
    event.commit();
  }
}
