package org.dlpack4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.elements.TensorElements;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Ours, to new memory and to memory that is there; and C's memcpy. */
@State(Scope.Benchmark)
public class CopyBenchmark {

  private final TensorElements rows = StridedMatrix.ROWS.elements(DataType.FLOAT64);
  private final MemorySegment target = Arena.global().allocate(StridedMatrix.BYTES, 64);
  private final TensorElements existing =
      TensorElements.of(
          target.fill((byte) 1), DataType.FLOAT64, TensorLayout.contiguous(rows.layout().shape()));

  @Benchmark
  public void rowsToExisting() {
    Copies.copy(rows, existing);
    StridedMatrix.ROWS.requireCopied(DataType.FLOAT64, target.address());
  }

  @Benchmark
  public long memcpy() throws Throwable {
    return (long)
        Baselines.MEMCPY.invokeExact(
            target.address(), StridedMatrix.contiguousAddress(), StridedMatrix.BYTES);
  }

  @Benchmark
  public void rows() {
    copy(StridedMatrix.ROWS, DataType.FLOAT64);
  }

  @Benchmark
  public void everySecond() {
    copy(StridedMatrix.EVERY_SECOND, DataType.FLOAT64);
  }

  @Benchmark
  public void transposed() {
    copy(StridedMatrix.TRANSPOSED, DataType.FLOAT64);
  }

  @Benchmark
  public void rows32() {
    copy(StridedMatrix.ROWS, DataType.FLOAT32);
  }

  @Benchmark
  public void everySecond32() {
    copy(StridedMatrix.EVERY_SECOND, DataType.FLOAT32);
  }

  @Benchmark
  public void transposed32() {
    copy(StridedMatrix.TRANSPOSED, DataType.FLOAT32);
  }

  private static void copy(StridedMatrix matrix, DataType dataType) {
    try (TensorCopy copy = Copies.contiguous(matrix.elements(dataType))) {
      matrix.requireCopied(dataType, copy.view().address());
    }
  }
}
