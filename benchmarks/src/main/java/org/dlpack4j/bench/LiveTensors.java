package org.dlpack4j.bench;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.TensorExporter;

/** Tensors that a consumer keeps: it has their addresses, in memory of its own. */
final class LiveTensors {

  private final MemorySegment addresses;
  private final TensorView view = Vector.view();
  private final Owner owner = Owner.nonBlocking(() -> {});
  private int count;

  LiveTensors(int capacity) {
    this.addresses = Arena.global().allocate(JAVA_LONG, capacity);
    addresses.fill((byte) 1); // touched, so that it does not count as growth later
  }

  void exportOne() {
    addresses.setAtIndex(JAVA_LONG, count, TensorExporter.export(view, owner).transferOutAddress());
    count++;
  }

  void deleteAll() {
    try {
      Baselines.requireSeen(
          (long) Baselines.CONSUME_ALL.invokeExact(addresses.address(), (long) count), count);
    } catch (Throwable e) {
      throw new AssertionError("a native call does not throw", e);
    }
    count = 0;
  }
}
