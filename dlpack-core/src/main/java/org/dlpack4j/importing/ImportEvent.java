package org.dlpack4j.importing;

import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import org.dlpack4j.internal.Flight;

/**
 * An import, just before the tensor is taken over: whatever this throws, the caller still has it.
 */
@Name("dlpack4j.Import")
@Label("Imported Tensor")
@Category("dlpack4j")
@Description("A foreign tensor was adopted; sampled, but complete while leaks are watched")
final class ImportEvent extends Event {

  /** To ask whether it is recorded, without garbage. */
  private static final ImportEvent ANY = new ImportEvent();

  @Label("Tensor")
  String tensor = "";

  @Label("Address")
  @Description("Where its managed tensor is")
  @MemoryAddress
  long address;

  @Label("Bytes")
  @Description("From the lowest to the highest element")
  @DataAmount
  long bytes;

  @Label("Sampling")
  @Description("How many imports this event stands for")
  int sampling = Flight.SAMPLING;

  static void reportIfOn(Examination examination) {
    if (isOn()) {
      Snapshot tensor = examination.tensor;
      report(tensor.toString(), tensor.managed, examination.spannedBytes());
    }
  }

  static void reportIfOn(List<ImportedColumn> columns) {
    if (ANY.isEnabled()) {
      List<ImportedTensor> tensors = new ArrayList<>();
      columns.forEach(column -> column.addTensorsTo(tensors));
      tensors.removeIf(tensor -> !Flight.isSampled());
      tensors.forEach(tensor -> report(tensor.description(), tensor.managed(), tensor.byteSize()));
    }
  }

  private static boolean isOn() {
    return ANY.isEnabled() && Flight.isSampled();
  }

  private static void report(String tensor, long address, long bytes) {
    ImportEvent event = new ImportEvent();
    event.tensor = tensor;
    event.address = address;
    event.bytes = bytes;
    event.commit();
  }
}
