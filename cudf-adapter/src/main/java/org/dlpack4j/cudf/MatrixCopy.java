package org.dlpack4j.cudf;

import java.util.List;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.device.DeviceStream;

/**
 * Columns in new memory, one after the other.
 *
 * @param view a row for each row
 * @param memory theirs alone
 */
record MatrixCopy(TensorView view, CudaMemory memory) implements Owner {

  /** Queues the copy. If it throws, nothing is left. */
  static MatrixCopy of(List<TensorView> columns, DeviceStream stream) {
    TensorView first = columns.getFirst();
    long rows = first.layout().shape(0);
    int ordinal = first.device().id();
    long bytes = first.dataType().storageBytes(rows * columns.size(), false);
    CudaMemory memory = CudaMemory.allocate(ordinal, Math.max(bytes, 1));
    try {
      TensorView whole = memory.view(first.dataType(), columns.size(), rows);
      for (int i = 0; i < columns.size(); i++) {
        TensorView column = whole.withLayout(whole.layout().select(0, i));
        CudaCopies.queue(columns.get(i), column, ordinal, stream);
      }
      return new MatrixCopy(whole.withLayout(whole.layout().transpose()), memory);
    } catch (Throwable e) {
      memory.close();
      throw e;
    }
  }

  @Override
  public void release() {
    memory.close();
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING; // the release itself is done later
  }

  @Override
  public boolean isFreshCopy() {
    return true;
  }
}
