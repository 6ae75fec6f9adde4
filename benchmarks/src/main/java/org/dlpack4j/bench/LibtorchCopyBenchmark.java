package org.dlpack4j.bench;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.dlpack4j.DataType;
import org.dlpack4j.foreign.Libtorch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** libtorch's {@code contiguous()} of the same tensors, on as many threads as it likes. */
@State(Scope.Benchmark)
public class LibtorchCopyBenchmark {

  private final Map<StridedMatrix, Libtorch.Tensor> doubles = adopt(DataType.FLOAT64);
  private final Map<StridedMatrix, Libtorch.Tensor> floats = adopt(DataType.FLOAT32);

  private static Map<StridedMatrix, Libtorch.Tensor> adopt(DataType dataType) {
    Map<StridedMatrix, Libtorch.Tensor> tensors = new EnumMap<>(StridedMatrix.class);
    for (StridedMatrix matrix : StridedMatrix.values()) {
      tensors.put(
          matrix, LibtorchBenchmark.loaded().fromDlpackVersioned(matrix.exported(dataType)));
    }
    return tensors;
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

  private void copy(StridedMatrix matrix, DataType dataType) {
    var tensors = dataType.equals(DataType.FLOAT64) ? doubles : floats;
    Libtorch.Tensor tensor = Objects.requireNonNull(tensors.get(matrix));
    try (Libtorch.Tensor copy = tensor.contiguous()) {
      matrix.requireCopied(dataType, copy.dataPointer());
    }
  }

  @TearDown
  public void close() {
    doubles.values().forEach(Libtorch.Tensor::close);
    floats.values().forEach(Libtorch.Tensor::close);
  }
}
