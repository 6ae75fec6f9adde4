package org.dlpack4j.device;

import org.dlpack4j.Device;
import org.dlpack4j.Owner;

/**
 * New memory of a device.
 *
 * @param device where it is
 * @param address where it begins
 * @param byteSize how much it is, as asked for
 * @param owner what keeps it; to be exported, shared or released
 */
public record DeviceAllocation(Device device, long address, long byteSize, Owner owner) {}
