package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.locks.LockSupport;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.dlpack4j.exporting.Exports;

/** An allocator that outlives its exports. */
final class TestAllocator {

  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final BufferAllocator allocator = new RootAllocator();

  BufferAllocator get() {
    return allocator;
  }

  /** Imports what was exported; the caller's to close. */
  ImportedVector vectorOf(ExportedArray exported) {
    return CDataImporter.importVector(allocator, exported.arrayAddress(), exported.schemaAddress());
  }

  /** The same, of a batch. */
  ImportedRoot rootOf(ExportedArray exported) {
    return CDataImporter.importRoot(allocator, exported.arrayAddress(), exported.schemaAddress());
  }

  /** Waits until consumers' releases have been acted on. */
  void awaitAllocated(long bytes) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (allocator.getAllocatedMemory() != bytes && System.nanoTime() < end) {
      Exports.releasePending();
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(allocator.getAllocatedMemory()).isEqualTo(bytes);
  }

  void closeWhenReleased() {
    awaitAllocated(0);
    allocator.close();
  }
}
