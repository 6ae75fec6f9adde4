package org.dlpack4j.py4j;

import java.util.UUID;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.device.DeviceAllocation;
import org.dlpack4j.device.DeviceRuntime;
import org.dlpack4j.device.DeviceRuntimes;
import org.dlpack4j.device.DeviceShare;
import org.dlpack4j.memory.SharedAllocation;

/**
 * New memory for a peer to write to.
 *
 * @param view its bytes
 * @param location the same for the peer
 * @param owner what keeps it, to be leased or released
 */
record Lent(TensorView view, PeerLocation location, Owner owner) {

  /** Memory of a pool, taken over. */
  static Lent from(SharedAllocation allocation, long bytes) {
    PeerSegment segment = new PeerSegment.OfFile(allocation.location().segment());
    PeerLocation location = new PeerLocation(segment, allocation.location().offset());
    TensorView view = bytes(allocation.address(), Device.CPU, bytes);
    return new Lent(view, location, allocation.intoOwner());
  }

  /**
   * New memory of a device.
   *
   * @throws UnsupportedOperationException if this JVM has no such device
   * @throws IllegalStateException if the device has no memory left
   */
  static Lent on(UUID uuid, long bytes) {
    Device device =
        DeviceRuntimes.find(uuid)
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        "alloc device: expected one that the JVM uses but found %s; start the JVM"
                                .formatted(uuid)
                            + " with cuda-adapter on its path and CUDA_VISIBLE_DEVICES with it"));
    DeviceRuntime runtime = DeviceRuntimes.of(device);
    DeviceAllocation allocation = runtime.allocateShared(device, Math.max(1, bytes));
    try {
      DeviceShare share = runtime.share(device, allocation.address()).orElseThrow();
      PeerLocation location =
          new PeerLocation(new PeerSegment.OfDevice(share), allocation.address() - share.base());
      return new Lent(bytes(allocation.address(), device, bytes), location, allocation.owner());
    } catch (RuntimeException e) {
      allocation.owner().release();
      throw e;
    }
  }

  private static TensorView bytes(long address, Device device, long bytes) {
    TensorLayout layout = TensorLayout.contiguous(bytes);
    return new TensorView(address, DataType.UINT8, device, layout, false, false);
  }

  /** Takes the memory over. */
  HeldLease.OfMemory leased(long generation) {
    return new HeldLease.OfMemory(
        owner.shared(),
        location,
        view.device(),
        view.address(),
        view.layout().elementCount(),
        generation,
        System.nanoTime());
  }
}
