package org.dlpack4j.device;

import org.dlpack4j.Device;

/**
 * What a device's own library says about the memory that an address is in: to be believed over what
 * a tensor says.
 *
 * @param device where it is
 * @param base where the allocation begins
 * @param byteSize how large the allocation is
 */
public record DeviceMemory(Device device, long base, long byteSize) {}
