package org.dlpack4j.cuda;

import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;

/** Views of CUDA's memory that say what the driver says, for adapters of other libraries. */
public final class CudaViews {

  private CudaViews() {}

  /**
   * A view of memory of which only the address is known.
   *
   * @param address where the layout begins; of no matter without elements
   * @param dataType what an element is
   * @param layout how the elements lie
   * @return the view, on the device that the driver names; without elements, on the thread's own
   * @throws IllegalArgumentException if the driver does not know the memory, or it is too small
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public static TensorView at(long address, DataType dataType, TensorLayout layout) {
    return Verification.at(address, dataType, layout);
  }

  /**
   * Holds what a view says against what the driver says.
   *
   * @param view of one of CUDA's devices
   * @return the same, on the device that the driver names
   * @throws IllegalArgumentException if the driver says otherwise
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public static TensorView verified(TensorView view) {
    return Verification.verified(view);
  }
}
