/**
 * Devices at work: the streams that work is queued on, the handshake that puts a consumer's work
 * after a producer's, and the memory that an address lies in. What a device can do comes from the
 * {@link org.dlpack4j.device.DeviceRuntime} that serves it; main memory is served from the start.
 */
@NullMarked
package org.dlpack4j.device;

import org.jspecify.annotations.NullMarked;
