package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.it.RudeConsumer;

/** Reads memory from Java after its consumer has deleted it. */
public final class UseAfterDelete {

  private UseAfterDelete() {}

  public static void main(String[] args) throws InterruptedException {
    switch (args[0]) {
      case "arena" -> readClosedArena();
      case "quarantine" -> readQuarantine();
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
}
