package org.dlpack4j.examples;

import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.dlpack4j.arrow.ArrowExporter;
import org.dlpack4j.arrow.SharedBuffers;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.py4j.TensorService;

/** Stands for an engine in the driver whose results are Arrow's columns, in shared memory. */
public final class ColumnarSource implements AutoCloseable {

  private final SharedMemory pool = SharedMemory.create();
  private final RootAllocator allocator = SharedBuffers.allocator(pool);
  private final VectorSchemaRoot result;

  /** With the columns of {@code spark.range(rows)} in {@code frames.py}. */
  public ColumnarSource(int rows) {
    BigIntVector id = new BigIntVector("id", allocator);
    Float8Vector price = new Float8Vector("price", allocator);
    IntVector kind = new IntVector("kind", allocator);
    Float4Vector weight = new Float4Vector("weight", allocator);
    List<FieldVector> vectors = List.of(id, price, kind, weight);
    for (FieldVector vector : vectors) {
      vector.setInitialCapacity(rows);
      vector.allocateNew();
    }
    for (int row = 0; row < rows; row++) {
      id.set(row, row);
      price.set(row, row * 0.5);
      kind.set(row, row % 1000);
      weight.set(row, row);
    }
    result = new VectorSchemaRoot(vectors);
    result.setRowCount(rows);
  }

  /** Publishes the result where it lies. */
  public void publish(String name) {
    TensorService.shared().publish(name, ArrowExporter.versioned().export(result));
  }

  /** Drops the result; what Python has of it stays. */
  @Override
  public void close() {
    result.close();
  }
}
