package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.it.HostileFields;
import org.dlpack4j.it.HostileProducer;
import org.dlpack4j.it.HostileTensor;
import org.dlpack4j.it.RudeConsumer;

/** Reads memory from Java after whoever had it has deleted it. */
public final class UseAfterDelete {

  private UseAfterDelete() {}

  public static void main(String[] args) throws InterruptedException {
    switch (args[0]) {
      case "arena" -> readClosedArena();
      case "quarantine" -> readQuarantine();
      case "closed" -> readImport(ImportedTensor::close);
      case "given" -> readImport(UseAfterDelete::giveToConsumer);
      case "owned" -> readImport(tensor -> tensor.intoOwner().release());
      case "address" -> readAddressOfImport();
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void readClosedArena() throws InterruptedException {
    Arena arena = Arena.ofShared();
    MemorySegment memory = arena.allocate(JAVA_DOUBLE, 4);
    exportAndDelete(memory, Owner.closing(arena));
    try {
      System.out.println("read " + memory.get(JAVA_DOUBLE, 0));
    } catch (IllegalStateException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }

  private static void readQuarantine() throws InterruptedException {
    MemorySegment memory = RudeConsumer.quarantineAllocate(4 * JAVA_DOUBLE.byteSize());
    memory.set(JAVA_DOUBLE, 0, 1);
    System.out.println("read " + memory.get(JAVA_DOUBLE, 0));
    exportAndDelete(memory, Owner.calling(RudeConsumer.function("rude_quarantine_free"), memory));
    System.out.println("read again " + memory.get(JAVA_DOUBLE, 0));
  }

  private static void exportAndDelete(MemorySegment memory, Owner owner)
      throws InterruptedException {
    CountedExports.exportDeleteAndAwait(TensorView.of(memory, DataType.FLOAT64, 4), owner);
  }

  private static void giveToConsumer(ImportedTensor tensor) {
    RudeConsumer.delete(tensor.transferOut().address(), Flavour.VERSIONED);
  }

  /** Whose memory faults from its end on. */
  private static ImportedTensor adopted() {
    MemorySegment data = HostileProducer.map(4 * JAVA_DOUBLE.byteSize());
    data.set(JAVA_DOUBLE, 0, 1);
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, data, DataType.FLOAT64, 4).makeGuarded();
    return TensorImporter.versioned().adopt(tensor.owning(data).managed());
  }

  private static void readImport(Consumer<ImportedTensor> end) {
    ImportedTensor tensor = adopted();
    MemorySegment memory = tensor.segment();
    TensorElements elements = tensor.elements();
    ByteBuffer buffer = memory.asByteBuffer();
    System.out.println("read " + elements.getDouble(0));
    end.accept(tensor);
    refused(() -> memory.get(JAVA_DOUBLE, 0));
    refused(() -> elements.getDouble(0));
    refused(elements::toDoubleArray);
    refused(() -> buffer.getDouble(0));
  }

  private static void refused(Supplier<Object> read) {
    try {
      System.out.println("read again " + read.get());
    } catch (IllegalStateException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }

  /** By an address that somebody kept, which no scope guards. */
  @SuppressWarnings("restricted")
  private static void readAddressOfImport() {
    ImportedTensor tensor = adopted();
    MemorySegment kept = MemorySegment.ofAddress(tensor.view().dataAddress()).reinterpret(8);
    System.out.println("read " + kept.get(JAVA_DOUBLE, 0));
    tensor.close();
    System.out.println("read again " + kept.get(JAVA_DOUBLE, 0));
  }
}
