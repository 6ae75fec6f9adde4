package org.dlpack4j.bench;

import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float4Vector;
import org.dlpack4j.arrow.ArrowExporter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A vector of numbers out to a consumer in C, as a tensor and by the C Data Interface. */
@State(Scope.Thread)
public class ArrowExportBenchmark {

  private static final ArrowExporter EXPORTER = ArrowExporter.versioned();

  // All live as long as the JVM.
  private final BufferAllocator allocator = new RootAllocator();
  private final Float4Vector vector = vector(allocator);
  private final ArrowArray array = ArrowArray.allocateNew(allocator);
  private final ArrowSchema schema = ArrowSchema.allocateNew(allocator);

  private static Float4Vector vector(BufferAllocator allocator) {
    Float4Vector vector = new Float4Vector("x", allocator);
    vector.allocateNew(Vector.SIZE);
    for (int row = 0; row < Vector.SIZE; row++) {
      vector.set(row, row);
    }
    vector.setValueCount(Vector.SIZE);
    return vector;
  }

  @Benchmark
  public void ours() throws Throwable {
    long managed = EXPORTER.export(vector).transferOutAddress();
    Baselines.requireSeen((long) Baselines.CONSUME.invokeExact(managed), 1);
  }

  /** Into structs that are there already; the consumer does no more than to release them. */
  @Benchmark
  public long arrowJava() {
    Data.exportVector(allocator, vector, null, array, schema);
    long seen = array.snapshot().length;
    array.release();
    schema.release();
    return seen;
  }
}
