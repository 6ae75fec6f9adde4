package org.dlpack4j.bench;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.dlpack4j.arrow.ArrowExporter;
import org.dlpack4j.arrow.ArrowImporter;
import org.dlpack4j.table.ManagedColumn;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A record batch out as a table of tensors, and in again. */
@State(Scope.Thread)
public class ArrowRootBenchmark {

  private static final ArrowExporter EXPORTER = ArrowExporter.versioned();

  // Both live as long as the JVM.
  private final BufferAllocator allocator = new RootAllocator();
  private final VectorSchemaRoot root = ArrowCDataBenchmark.root(allocator);

  private final ArrowImporter importer = ArrowImporter.versioned(allocator);

  @Benchmark
  @OperationsPerInvocation(ArrowCDataBenchmark.COLUMNS)
  public long ours() {
    List<ManagedColumn> columns = EXPORTER.export(root).transferOut();
    try (VectorSchemaRoot imported = importer.importRoot(root.getSchema(), columns)) {
      return ArrowCDataBenchmark.lastOf(imported);
    }
  }
}
