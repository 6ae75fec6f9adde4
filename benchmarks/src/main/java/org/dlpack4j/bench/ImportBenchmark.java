package org.dlpack4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** Ours: one call of a producer in C, every check, a look at the tensor, and its deleter in C. */
@State(Scope.Thread)
public class ImportBenchmark {

  private static final TensorImporter IMPORTER = TensorImporter.versioned();
  private static final long ELEMENT = (Matrix.ROW * Matrix.COLUMNS + Matrix.COLUMN) * Double.BYTES;

  private ReusableTensor reusable = IMPORTER.reusable();

  /** It belongs to the thread that made it, which need not be the one that made this object. */
  @Setup(Level.Trial)
  public void ownByThisThread() {
    reusable = IMPORTER.reusable();
  }

  @TearDown
  public void close() {
    reusable.close();
  }

  @Benchmark
  public void reusable() throws Throwable {
    reusable.adopt(Matrix.produce());
    double element = reusable.getDouble(Matrix.ROW, Matrix.COLUMN);
    long seen = reusable.ndim() + reusable.shape(0) + reusable.shape(1) + (long) element;
    reusable.close();
    Matrix.requireSeen(seen, 1);
  }

  @Benchmark
  public void view() throws Throwable {
    try (ImportedTensor tensor = IMPORTER.adopt(Matrix.produce())) {
      look(tensor);
    }
  }

  /** As for callers that keep the tensor for a while: nothing may be optimized away. */
  @Benchmark
  public void escapingView(Blackhole keeper) throws Throwable {
    try (ImportedTensor tensor = IMPORTER.adopt(Matrix.produce())) {
      keeper.consume(tensor);
      look(tensor);
    }
  }

  /** Without a segment, as for those who pass it on. */
  @Benchmark
  public void escapingHandle(Blackhole keeper) throws Throwable {
    try (ImportedTensor tensor = IMPORTER.adopt(Matrix.produce())) {
      keeper.consume(tensor);
    }
  }

  private static void look(ImportedTensor tensor) {
    MemorySegment segment = tensor.segment();
    double element = segment.get(ValueLayout.JAVA_DOUBLE, tensor.firstElementOffset() + ELEMENT);
    Matrix.requireSeen(segment, (long) element);
  }
}
