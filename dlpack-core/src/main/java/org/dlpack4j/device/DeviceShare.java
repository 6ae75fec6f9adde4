package org.dlpack4j.device;

import java.util.UUID;
import org.dlpack4j.Device;

/**
 * What another process needs to have an allocation of a device's memory: all of it, as less cannot
 * be shared. Of use for as long as the allocation is there.
 *
 * @param kind how the memory is named
 * @param device where it is, in this process
 * @param uuid what the device is called in every process
 * @param base where the allocation begins, in this process
 * @param byteSize how much another process maps
 * @param descriptor of the file that stands for the memory, to be sent and never to be closed; -1
 *     if the kind has none
 * @param handle the driver's name for the memory, in hexadecimal; empty if the kind has none
 * @param event the driver's name for the event behind {@link DeviceRuntime#announce}, in
 *     hexadecimal; empty if events cannot be shared here, and that method waits instead
 */
public record DeviceShare(
    Kind kind,
    Device device,
    UUID uuid,
    long base,
    long byteSize,
    int descriptor,
    String handle,
    String event) {

  /** How memory is named for another process. */
  public enum Kind {
    /** By a file's descriptor, which keeps the memory by itself. */
    DESCRIPTOR,
    /** By some bytes: the memory must stay until the other process has closed it. */
    HANDLE
  }
}
