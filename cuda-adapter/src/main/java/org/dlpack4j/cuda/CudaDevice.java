package org.dlpack4j.cuda;

import java.util.UUID;
import org.dlpack4j.Device;

/**
 * A device of this process.
 *
 * @param ordinal its number in this process, which {@code CUDA_VISIBLE_DEVICES} may change
 * @param uuid what it is called everywhere
 * @param name the product
 * @param totalBytes how much memory it has
 */
public record CudaDevice(int ordinal, UUID uuid, String name, long totalBytes) {

  /**
   * The device of tensors in its memory.
   *
   * @return {@code kDLCUDA} with its ordinal
   */
  public Device device() {
    return Device.cuda(ordinal);
  }
}
