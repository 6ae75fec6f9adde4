package org.dlpack4j.cuda;

import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.device.DeviceMemory;

/** What a tensor says, held against what the driver says. */
final class Verification {

  private Verification() {}

  /**
   * The view with the device that the driver names.
   *
   * @throws IllegalArgumentException if the memory is another device's, of another kind, not large
   *     enough, or nothing that the driver knows
   */
  static TensorView verified(TensorView view) {
    requireCuda(view.device());
    if (view.layout().isEmpty()) {
      return view;
    }
    DeviceMemory memory = located(view.dataAddress(), view.device());
    if (!agrees(view.device(), memory.device())) {
      throw new IllegalArgumentException(
          "device: expected %s, as CUDA's driver says of 0x%x, but found %s"
              .formatted(memory.device(), view.dataAddress(), view.device()));
    }
    Ranges.requireWithin(view, memory.base(), memory.byteSize());
    return new TensorView(
        view.address(),
        view.dataType(),
        memory.device(),
        view.layout(),
        view.readOnly(),
        view.padded());
  }

  /** A view of memory of which only the address is known; see {@link CudaViews#at}. */
  static TensorView at(long address, DataType dataType, TensorLayout layout) {
    if (layout.isEmpty()) {
      Device own = Device.cuda(Cuda.currentDevice().ordinal());
      return new TensorView(0, dataType, own, layout, false, false);
    }
    Cuda.requireAvailable();
    DeviceMemory memory = located(address, "CUDA");
    TensorView view = new TensorView(address, dataType, memory.device(), layout, false, false);
    Ranges.requireWithin(view, memory.base(), memory.byteSize());
    return view;
  }

  private static DeviceMemory located(long address, Object expected) {
    return Pointers.locate(address)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "data: expected memory of %s but found 0x%x, which CUDA's driver does not know"
                        .formatted(expected, address)));
  }

  private static void requireCuda(Device device) {
    switch (device.type()) {
      case Device.Type.CUDA -> Cuda.device(device.id());
      case Device.Type.CUDA_HOST, Device.Type.CUDA_MANAGED -> Cuda.requireAvailable();
      default ->
          throw new IllegalArgumentException(
              "device: expected one of CUDA's but found %s".formatted(device));
    }
  }

  /** Managed memory may be called a device's, as many libraries do, and a managed one has no id. */
  private static boolean agrees(Device said, Device known) {
    return said.type() == known.type()
        ? said.type() != Device.Type.CUDA || said.id() == known.id()
        : said.type() == Device.Type.CUDA && known.type() == Device.Type.CUDA_MANAGED;
  }
}
