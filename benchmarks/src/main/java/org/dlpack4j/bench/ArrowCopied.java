package org.dlpack4j.bench;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.dlpack4j.arrow.ArrowExporter;
import org.dlpack4j.arrow.ArrowExports;
import org.dlpack4j.arrow.ArrowImporter;
import org.dlpack4j.copying.Copies;

/**
 * By how many bytes the process grows while a column of a gibibyte is a vector, a tensor made of
 * it, and a vector made of that. The vectors must have one address, and nothing may be counted as
 * copied. For a JVM that has done nothing yet.
 */
final class ArrowCopied implements Measure {

  private static final int ROWS = 1 << 28;
  private static final long COLUMN_BYTES = (long) ROWS * Float.BYTES;

  /** What a JVM may grow by, whatever it does. */
  static final long BUDGET = COLUMN_BYTES / 64;

  private static final String RESIDENT = "VmRSS:";

  @Override
  public double measure(Effort.Run run) throws InterruptedException {
    BufferAllocator allocator = new RootAllocator();
    double grown = growth(allocator);
    ArrowExports.close(allocator, Duration.ofMinutes(1));
    return grown;
  }

  private static double growth(BufferAllocator allocator) {
    try (Float4Vector vector = new Float4Vector("x", allocator)) {
      vector.allocateNew(ROWS);
      vector.getDataBuffer().setZero(0, COLUMN_BYTES);
      vector.getValidityBuffer().setOne(0, (long) ROWS / Byte.SIZE);
      vector.setValueCount(ROWS);
      long first = growth(vector, allocator); // loads the classes
      return Math.max(0, Math.min(first, growth(vector, allocator)));
    }
  }

  private static long growth(Float4Vector vector, BufferAllocator allocator) {
    System.gc();
    long copied = Copies.statistics().bytes();
    long before = LiveBytes.resident(RESIDENT);
    MemorySegment managed = ArrowExporter.versioned().export(vector).transferOut();
    try (FieldVector imported = ArrowImporter.versioned(allocator).importVector("y", managed)) {
      long growth = LiveBytes.resident(RESIDENT) - before;
      require("address", vector.getDataBufferAddress(), imported.getDataBuffer().memoryAddress());
      require("bytes copied", copied, Copies.statistics().bytes());
      return growth;
    }
  }

  private static void require(String what, long expected, long found) {
    if (expected != found) {
      throw new IllegalStateException(
          "%s: expected %d but found %d".formatted(what, expected, found));
    }
  }
}
