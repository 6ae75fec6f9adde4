package org.dlpack4j.py4j;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.device.DeviceAllocation;
import org.dlpack4j.device.DeviceRuntime;
import org.dlpack4j.device.DeviceRuntimes;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.memory.SharedAllocation;
import org.dlpack4j.memory.SharedMemory;
import org.jspecify.annotations.Nullable;

/**
 * Copies of tensors in memory that other processes can map and cannot write, each tensor's one, and
 * the memory that they take. For one thread.
 */
final class SharedCopies implements AutoCloseable {

  private final SharedMemory pool;
  private final Counters counters;
  private final Map<TensorView, TensorView> copies = new HashMap<>();
  private final Set<TensorView> made = new HashSet<>();
  private final List<SharedAllocation> allocations = new ArrayList<>();
  private final List<Owner> onDevices = new ArrayList<>();

  SharedCopies(SharedMemory pool, Counters counters) {
    this.pool = pool;
    this.counters = counters;
  }

  /**
   * The copy of a tensor, on the same device, made now unless it was before.
   *
   * @throws OutOfMemoryError if there is no memory
   */
  TensorView of(TensorView view) {
    TensorView known = copies.get(view);
    if (known != null) {
      return known;
    }
    TensorView copy = copy(view);
    copies.put(view, copy);
    made.add(copy);
    return copy;
  }

  /** Whether a tensor is such a copy. */
  boolean hasMade(TensorView view) {
    return made.contains(view);
  }

  boolean isEmpty() {
    return copies.isEmpty();
  }

  private TensorView copy(TensorView view) {
    return view.device().isHostAccessible() ? copyHere(view) : copyThere(view);
  }

  /** All between the first and the last byte, as a device copies no gaps by itself. */
  private TensorView copyThere(TensorView view) {
    Device device = view.device();
    Reach reach = Reach.of(view);
    long address = allocateOn(device, reach.bytes());
    DeviceRuntimes.of(device).copy(device, reach.low(), address, reach.bytes());
    count(reach.bytes());
    return new TensorView(
        address + (view.dataAddress() - reach.low()),
        view.dataType(),
        device,
        view.layout(),
        view.readOnly(),
        view.padded());
  }

  private long allocateOn(Device device, long bytes) {
    DeviceAllocation allocation = DeviceRuntimes.of(device).allocateShared(device, bytes);
    onDevices.add(allocation.owner());
    return allocation.address();
  }

  private TensorView copyHere(TensorView view) {
    long bytes = view.dataType().storageBytes(view.layout().elementCount(), view.padded());
    SharedAllocation allocation = pool.allocate(bytes);
    allocations.add(allocation);
    TensorLayout layout = TensorLayout.contiguous(view.layout().shape());
    Reach reach = Reach.of(view);
    TensorElements from =
        TensorElements.of(
            Memory.ALL.asSlice(reach.low(), reach.bytes()),
            view.address() - reach.low(),
            view.dataType(),
            view.layout(),
            view.padded());
    TensorElements to =
        TensorElements.of(allocation.segment(), 0, view.dataType(), layout, view.padded());
    Copies.copy(from, to);
    count(bytes);
    return new TensorView(
        allocation.address(), view.dataType(), Device.CPU, layout, view.readOnly(), view.padded());
  }

  private void count(long bytes) {
    counters.copies.increment();
    counters.copiedBytes.add(bytes);
  }

  /** A place for tensors that have no elements, as they need one all the same. */
  PeerSegment nowhere(Device device) {
    if (device.isHostAccessible()) {
      SharedAllocation allocation = pool.allocate(0);
      allocations.add(allocation);
      return new PeerSegment.OfFile(allocation.location().segment());
    }
    DeviceRuntime runtime = DeviceRuntimes.of(device);
    return new PeerSegment.OfDevice(runtime.share(device, allocateOn(device, 1)).orElseThrow());
  }

  /** Hands the memory over, to be released once. */
  List<Owner> intoOwners() {
    List<Owner> owners = new ArrayList<>(allocations.size());
    for (SharedAllocation allocation : allocations) {
      owners.add(allocation.intoOwner());
    }
    allocations.clear();
    owners.addAll(onDevices);
    onDevices.clear();
    return owners;
  }

  /** Gives the memory back that was not handed over. */
  @Override
  public void close() {
    allocations.forEach(SharedAllocation::close);
    allocations.clear();
    onDevices.forEach(Owner::release);
    onDevices.clear();
  }

  /** Which copy a tensor has; null if none. */
  @Nullable TensorView copyOf(TensorView view) {
    return copies.get(view);
  }
}
