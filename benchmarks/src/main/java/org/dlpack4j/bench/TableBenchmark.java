package org.dlpack4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportedColumn;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.table.Schema;
import org.dlpack4j.table.Table;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Ours, by the column: tables out to a C consumer and in from a C producer; and one by one. */
@State(Scope.Thread)
public class TableBenchmark {

  private static final TableImporter TABLES = TableImporter.versioned();
  private static final TensorImporter TENSORS = TensorImporter.versioned();
  private static final Schema SCHEMA = ColumnData.table().schema();

  private final ColumnData many = new ColumnData(ColumnData.MANY);
  private final ColumnData few = new ColumnData(ColumnData.FEW);
  private final Table manyColumns = ColumnData.ofVectors(ColumnData.MANY);
  private final Table fewColumns = ColumnData.ofVectors(ColumnData.FEW);
  private final TensorView view = Vector.view();
  private final Owner owner = Owner.nonBlocking(() -> {});

  @Benchmark
  @OperationsPerInvocation(ColumnData.MANY)
  public void exportMany() throws Throwable {
    many.consume(TableExporter.export(manyColumns, owner).transferOutAddresses());
  }

  @Benchmark
  @OperationsPerInvocation(ColumnData.FEW)
  public void exportFew() throws Throwable {
    few.consume(TableExporter.export(fewColumns, owner).transferOutAddresses());
  }

  /** One by one, but consumed together as a table's are. */
  @Benchmark
  @OperationsPerInvocation(ColumnData.MANY)
  public void exportTensors() throws Throwable {
    long[] exported = new long[ColumnData.MANY];
    for (int i = 0; i < exported.length; i++) {
      exported[i] = TensorExporter.export(view, owner).transferOutAddress();
    }
    many.consume(exported);
  }

  @Benchmark
  @OperationsPerInvocation(ColumnData.MANY)
  public void importMany() throws Throwable {
    double sum = 0;
    try (ImportedTable table = TABLES.adopt(SCHEMA, many.produce())) {
      for (ImportedColumn column : table.columns()) {
        sum += first(column.data());
      }
    }
    many.requireSeen(sum);
  }

  /** The same tensors, one by one. */
  @Benchmark
  @OperationsPerInvocation(ColumnData.MANY)
  public void importTensors() throws Throwable {
    double sum = 0;
    for (MemorySegment managed : many.produce()) {
      try (ImportedTensor tensor = TENSORS.adopt(managed)) {
        sum += first(tensor);
      }
    }
    many.requireSeen(sum);
  }

  private static double first(ImportedTensor tensor) {
    return tensor.segment().get(ValueLayout.JAVA_DOUBLE, tensor.firstElementOffset());
  }
}
