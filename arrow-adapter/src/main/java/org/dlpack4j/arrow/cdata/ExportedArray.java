package org.dlpack4j.arrow.cdata;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.DeviceArray;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;
import org.dlpack4j.internal.LeakWatch;
import org.dlpack4j.internal.Memory;

/**
 * An {@code ArrowArray} and its {@code ArrowSchema} in memory of ours, for a consumer to move away:
 * as every consumer does that imports. Whatever it has not moved by {@link #close()} is released
 * then.
 */
public final class ExportedArray implements AutoCloseable {

  private static final LeakWatch LEAKS =
      new LeakWatch(
          "an exported array",
          "exported",
          "close()",
          "what no consumer has moved is kept for ever");

  private static final long SCHEMA_OFFSET = DeviceArray.BYTES;

  private final long memory;
  private final AtomicBoolean closed = new AtomicBoolean();

  private ExportedArray(long memory) {
    this.memory = memory;
  }

  /** With both structs in the state of released ones. */
  static ExportedArray empty() {
    long bytes = SCHEMA_OFFSET + Schema.BYTES;
    long memory = Memory.allocate(bytes);
    Memory.zero(memory, bytes);
    ExportedArray array = new ExportedArray(memory);
    LEAKS.begin(array, memory);
    return array;
  }

  /**
   * Where the array's struct is.
   *
   * @return the address of an {@code ArrowArray}; also of an {@code ArrowDeviceArray} if it was
   *     exported as one
   * @throws IllegalStateException if this was closed
   */
  public long arrayAddress() {
    requireOpen();
    return memory;
  }

  /**
   * Where the schema's struct is.
   *
   * @return the address of an {@code ArrowSchema}
   * @throws IllegalStateException if this was closed
   */
  public long schemaAddress() {
    requireOpen();
    return memory + SCHEMA_OFFSET;
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException(
          "exported array: expected it to be open but found it closed; its structs are gone");
    }
  }

  /** Releases what no consumer has moved, and frees both structs. Again, it does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      LEAKS.end(this, memory);
      ReleaseFunctions.releaseIfHeld(memory, Array.RELEASE);
      ReleaseFunctions.releaseIfHeld(memory + SCHEMA_OFFSET, Schema.RELEASE);
      Memory.free(memory);
    }
  }

  @Override
  public String toString() {
    return closed.get()
        ? "exported array, closed"
        : "exported array at 0x" + Long.toHexString(memory);
  }
}
