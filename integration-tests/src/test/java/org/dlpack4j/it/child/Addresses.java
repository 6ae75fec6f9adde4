package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;

/**
 * Java's side of tensors that go by their address between Java and Python in one process. Numbers
 * only, so that it can be called through JNI by hand.
 */
public final class Addresses {

  private static final Map<Long, ImportedTensor> ADOPTED = new HashMap<>();

  private Addresses() {}

  /** A column of 0, 1, 2 and so on. */
  public static long export(long count, boolean versioned) {
    Arena arena = Arena.ofShared();
    MemorySegment memory = arena.allocate(JAVA_DOUBLE, count);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(JAVA_DOUBLE, i, (double) i);
    }
    TensorView view = TensorView.of(memory, DataType.FLOAT64, count);
    return export(view, Owner.closing(arena), versioned);
  }

  private static long export(TensorView view, Owner owner, boolean versioned) {
    ExportedTensor exported =
        versioned ? TensorExporter.export(view, owner) : TensorExporter.exportLegacy(view, owner);
    return exported.transferOutAddress();
  }

  private static TensorImporter importer(boolean versioned) {
    TensorImporter importer = versioned ? TensorImporter.versioned() : TensorImporter.legacy();
    // Legacy tensors do not say; Python has asked for those that may be written.
    ImportPolicy policy = ImportPolicy.DEFAULT.anyDataType().allowLanes().onlyFlags(-1);
    return importer.with(versioned ? policy : policy.assumeWritable()).shared();
  }

  /** Makes a tensor Java's; the handle is its data's address. */
  public static long adopt(long address, boolean versioned) {
    ImportedTensor tensor = importer(versioned).adopt(MemorySegment.ofAddress(address));
    ADOPTED.put(tensor.view().address(), tensor);
    return tensor.view().address();
  }

  /** Adds to all numbers of one that was adopted; their sum before that. */
  public static double add(long handle, double summand) {
    ImportedTensor tensor = Objects.requireNonNull(ADOPTED.get(handle));
    double sum = 0;
    for (long i = 0; i < tensor.view().layout().shape(0); i++) {
      double value = tensor.elements().getDouble(i);
      sum += value;
      tensor.elements().setDouble(value + summand, i);
    }
    return sum;
  }

  /** Ends one that was adopted. */
  public static long close(long handle) {
    Objects.requireNonNull(ADOPTED.remove(handle)).close();
    return ADOPTED.size();
  }

  /** Adopts a tensor and exports what it is. */
  public static long again(long address, boolean versioned) {
    ImportedTensor tensor = importer(versioned).adopt(MemorySegment.ofAddress(address));
    TensorView view = tensor.view();
    return export(view, tensor.intoOwner(), versioned);
  }

  /** Java's exports that Python has, once all that was deleted is released. */
  public static long live(long before) throws InterruptedException {
    long deadline = System.nanoTime() + CountedExports.PATIENCE.toNanos();
    while (Exports.statistics().live() + Exports.statistics().pending() > before
        && System.nanoTime() < deadline) {
      Exports.releasePending();
      Thread.sleep(1);
    }
    return Exports.statistics().live() + Exports.statistics().pending();
  }
}
