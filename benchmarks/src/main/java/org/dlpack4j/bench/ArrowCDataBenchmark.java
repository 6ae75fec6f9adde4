package org.dlpack4j.bench;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.dlpack4j.arrow.cdata.CDataExporter;
import org.dlpack4j.arrow.cdata.CDataImporter;
import org.dlpack4j.arrow.cdata.ExportedArray;
import org.dlpack4j.arrow.cdata.ImportedRoot;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * A record batch out by Arrow's C Data Interface and in again, by us and by Arrow Java's module.
 */
@State(Scope.Thread)
public class ArrowCDataBenchmark {

  static final int COLUMNS = 100;

  private static final int ROWS = 1000;

  // Both live as long as the JVM.
  private final BufferAllocator allocator = new RootAllocator();
  private final VectorSchemaRoot root = root(allocator);

  static VectorSchemaRoot root(BufferAllocator allocator) {
    List<FieldVector> columns = new ArrayList<>();
    for (int i = 0; i < COLUMNS; i++) {
      BigIntVector column = new BigIntVector("column " + i, allocator);
      column.allocateNew(ROWS);
      for (int row = 0; row < ROWS; row++) {
        column.set(row, row + i);
      }
      column.setValueCount(ROWS);
      columns.add(column);
    }
    return new VectorSchemaRoot(columns);
  }

  @Benchmark
  @OperationsPerInvocation(COLUMNS)
  public long ours() {
    try (ExportedArray exported = CDataExporter.exportRoot(root);
        ImportedRoot imported =
            CDataImporter.importRoot(
                allocator, exported.arrayAddress(), exported.schemaAddress())) {
      return lastOf(imported.root());
    }
  }

  @Benchmark
  @OperationsPerInvocation(COLUMNS)
  public long arrowJava() {
    try (ArrowArray array = ArrowArray.allocateNew(allocator);
        ArrowSchema schema = ArrowSchema.allocateNew(allocator);
        CDataDictionaryProvider dictionaries = new CDataDictionaryProvider()) {
      Data.exportVectorSchemaRoot(allocator, root, dictionaries, array, schema);
      try (VectorSchemaRoot imported =
          Data.importVectorSchemaRoot(allocator, array, schema, dictionaries)) {
        return lastOf(imported);
      }
    }
  }

  static long lastOf(VectorSchemaRoot imported) {
    BigIntVector last = (BigIntVector) imported.getVector(COLUMNS - 1);
    return last.get(ROWS - 1);
  }
}
