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

  SharedCopies(SharedMemory pool, Counters counters) {
    this.pool = pool;
    this.counters = counters;
  }

  /**
   * The copy of a tensor whose memory this process can read, made now unless it was before.
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
    counters.copies.increment();
    counters.copiedBytes.add(bytes);
    return new TensorView(
        allocation.address(), view.dataType(), Device.CPU, layout, view.readOnly(), view.padded());
  }

  /** A place for tensors that have no elements, as they need one all the same. */
  SharedAllocation nowhere() {
    SharedAllocation allocation = pool.allocate(0);
    allocations.add(allocation);
    return allocation;
  }

  /** Hands the memory over, to be released once. */
  List<Owner> intoOwners() {
    List<Owner> owners = new ArrayList<>(allocations.size());
    for (SharedAllocation allocation : allocations) {
      owners.add(allocation.intoOwner());
    }
    allocations.clear();
    return owners;
  }

  /** Gives the memory back that was not handed over. */
  @Override
  public void close() {
    allocations.forEach(SharedAllocation::close);
    allocations.clear();
  }

  /** Which copy a tensor has; null if none. */
  @Nullable TensorView copyOf(TensorView view) {
    return copies.get(view);
  }
}
