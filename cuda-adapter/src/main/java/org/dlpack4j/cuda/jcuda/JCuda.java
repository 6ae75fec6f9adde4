package org.dlpack4j.cuda.jcuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.runtime.cudaEvent_t;
import jcuda.runtime.cudaStream_t;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaEvent;
import org.dlpack4j.device.DeviceMemory;
import org.dlpack4j.device.DeviceRuntimes;
import org.dlpack4j.device.DeviceStream;

/**
 * JCuda's pointers, streams and events for {@link org.dlpack4j.cuda.CudaExporter} and {@link
 * org.dlpack4j.cuda.CudaImporter}. Nothing here owns anything, but {@link #freeing}.
 */
public final class JCuda {

  private static final Device FIRST = Device.cuda(0);

  private JCuda() {}

  /**
   * What lies at a pointer, row-major.
   *
   * @param pointer to memory of a device, managed or pinned memory; a {@link CUdeviceptr} is one
   * @param dataType what an element is
   * @param shape the size of every dimension
   * @return the view, on the device that the driver names
   * @throws IllegalArgumentException if the driver does not know the memory
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public static TensorView view(Pointer pointer, DataType dataType, long... shape) {
    long address = Handles.of(pointer);
    DeviceMemory memory =
        DeviceRuntimes.of(FIRST)
            .locate(address)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "pointer: expected memory of CUDA but found 0x%x, which its driver does not know"
                            .formatted(address)));
    TensorLayout layout = TensorLayout.contiguous(shape);
    return new TensorView(address, dataType, memory.device(), layout, false, false);
  }

  /**
   * Where a tensor's first element lies, for JCuda's functions.
   *
   * @param view of memory of CUDA; kept alive by the caller
   * @return the pointer
   * @throws IllegalArgumentException if it is of other memory
   */
  public static CUdeviceptr pointer(TensorView view) {
    switch (view.device().type()) {
      case Device.Type.CUDA, Device.Type.CUDA_MANAGED, Device.Type.CUDA_HOST -> {}
      default ->
          throw new IllegalArgumentException(
              "pointer: expected a tensor in memory of CUDA but found " + view);
    }
    return new CUdeviceptr().withByteOffset(view.dataAddress());
  }

  /**
   * An owner that frees memory from {@code cuMemAlloc}, for one export.
   *
   * @param pointer its start; the owner's, once it is exported
   * @return the owner
   */
  public static Owner freeing(CUdeviceptr pointer) {
    return new FreeingOwner(pointer);
  }

  /**
   * A stream of JCuda's, for handshakes.
   *
   * @param stream one that was created, or {@code new CUstream()} for the legacy default
   * @return the stream
   */
  public static DeviceStream stream(CUstream stream) {
    return DeviceStream.ofNative(FIRST, Handles.of(stream));
  }

  /**
   * A stream of JCuda's, for handshakes.
   *
   * @param stream one that was created, or {@code new cudaStream_t()} for the legacy default
   * @return the stream
   */
  public static DeviceStream stream(cudaStream_t stream) {
    return DeviceStream.ofNative(FIRST, Handles.of(stream));
  }

  /**
   * An event of JCuda's: recorded by JCuda it is what a tensor's consumer waits for, or what
   * releases come after; recorded by {@link CudaEvent#record} on another library's stream, it is
   * what JCuda's streams wait for.
   *
   * @param ordinal of the device for which it was created
   * @param event stays JCuda's
   * @return the event
   * @throws IllegalArgumentException if it was not created
   */
  public static CudaEvent event(int ordinal, CUevent event) {
    return new CudaEvent(ordinal, Handles.of(event));
  }

  /**
   * An event of JCuda's, as {@link #event(int, CUevent)}.
   *
   * @param ordinal of the device for which it was created
   * @param event stays JCuda's
   * @return the event
   * @throws IllegalArgumentException if it was not created
   */
  public static CudaEvent event(int ordinal, cudaEvent_t event) {
    return new CudaEvent(ordinal, Handles.of(event));
  }

  /** Frees by JCuda, whose exceptions may be off. */
  private record FreeingOwner(CUdeviceptr pointer) implements Owner {
    @Override
    public void release() {
      int error = JCudaDriver.cuMemFree(pointer);
      if (error != CUresult.CUDA_SUCCESS) {
        throw new IllegalStateException(
            "cuMemFree: expected CUDA_SUCCESS but found " + CUresult.stringFor(error));
      }
    }
  }
}
