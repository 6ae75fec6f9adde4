package org.dlpack4j.cudf;

import ai.rapids.cudf.DeviceMemoryBuffer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.jspecify.annotations.Nullable;

/**
 * cuDF's buffers over memory that is there already, whose owner comes when all are made: the last
 * buffer to be closed releases it, on whatever thread that is.
 */
final class AdoptedMemory {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.cudf");

  private final List<DeviceMemoryBuffer> buffers = new ArrayList<>(3);
  private long bytes;

  /** Of buffers that are open, and one more until there is an owner. */
  private final AtomicInteger open = new AtomicInteger(1);

  private volatile @Nullable Owner owner;

  /** A buffer that its column closes; null for nothing, of which cuDF has no buffers. */
  @Nullable DeviceMemoryBuffer buffer(TensorView view) {
    long size = view.dataType().storageBytes(view.layout().elementCount(), false);
    if (size == 0) {
      return null;
    }
    DeviceMemoryBuffer buffer = DeviceMemoryBuffer.fromRmm(view.dataAddress(), size, 0);
    buffers.add(buffer);
    bytes += size;
    open.incrementAndGet();
    buffer.setEventHandler(references -> closed(references == 0));
    return buffer;
  }

  long bytes() {
    return bytes;
  }

  /** All buffers are made and their columns are. */
  void giveOwner(Owner newOwner) {
    owner = newOwner;
    buffers.clear();
    closed(true);
  }

  /** Closes what no column has closed; there is no owner, so nothing is released. */
  void abandon() {
    for (DeviceMemoryBuffer buffer : buffers) {
      if (buffer.getRefCount() > 0) {
        buffer.close();
      }
    }
  }

  /** Throws nothing, as it would be thrown by the close of a user's column. */
  private void closed(boolean last) {
    Owner released = last && open.decrementAndGet() == 0 ? owner : null;
    if (released == null) {
      return;
    }
    try {
      released.release();
    } catch (Throwable e) {
      CudfMemory.FAILED.increment();
      LOGGER.log(Level.WARNING, "release of " + released + ": expected it to succeed", e);
    }
  }
}
