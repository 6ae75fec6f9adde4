package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.concurrent.locks.LockSupport;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.dlpack4j.exporting.Exports;

/**
 * Arrays of any type, sound or spoiled. One that is refused stays the caller's, to the last byte;
 * of one that is imported every value can be asked for, and nothing is read that is not its own:
 * the process would end.
 */
class StructsFuzzTest {

  private static final long PATIENCE_NANOS = 10_000_000_000L;
  private static final BufferAllocator ALLOCATOR = new RootAllocator();
  private static final BufferAllocator POOR = ALLOCATOR.newChildAllocator("poor", 0, 24);

  @FuzzTest(maxDuration = "") // as long as the caller wants
  void refusesOrReadsNothingButTheBuffers(FuzzedDataProvider data) {
    BufferAllocator allocator = data.consumeByte() > 120 ? POOR : ALLOCATOR;
    boolean isBatch = data.consumeByte() > 90;
    try (FuzzedArray fuzzed = new FuzzedArray(data)) {
      try {
        if (isBatch) {
          importBatch(allocator, fuzzed);
        } else {
          importVector(allocator, fuzzed);
        }
        awaitRelease(allocator);
        assertThat(FuzzedNode.releases()).isEqualTo(1);
      } catch (RefusedArrayException e) {
        assertThat(e.violations()).isNotEmpty();
        assertThat(fuzzed.isSpoiled() || isBatch).as("%s", e).isTrue();
        assertThat(fuzzed.isTheCallers()).isTrue();
      } catch (OutOfMemoryException e) {
        assertThat(allocator).isSameAs(POOR);
        assertThat(fuzzed.isTheCallers()).isTrue();
      }
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }

  /** What was exported again holds it a little longer. */
  private static void awaitRelease(BufferAllocator allocator) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while ((!FuzzedNode.isReleased() || allocator.getAllocatedMemory() != 0)
        && System.nanoTime() < end) {
      Exports.releasePending();
      LockSupport.parkNanos(1000);
    }
  }

  private static void importBatch(BufferAllocator allocator, FuzzedArray fuzzed) {
    try (ImportedRoot imported =
        CDataImporter.importRoot(allocator, fuzzed.array(), fuzzed.schema())) {
      imported.root().getFieldVectors().forEach(vector -> read(vector, fuzzed));
    }
  }

  private static void importVector(BufferAllocator allocator, FuzzedArray fuzzed) {
    try (ImportedVector imported =
        CDataImporter.importVector(allocator, fuzzed.array(), fuzzed.schema())) {
      read(imported.vector(), fuzzed);
      if (!fuzzed.isSpoiled()) {
        CDataExporter.exportVector(imported.vector(), imported.dictionaries()).close();
      }
    }
  }

  private static void read(FieldVector vector, FuzzedArray fuzzed) {
    if (fuzzed.isMistaken()) {
      return;
    }
    for (int i = 0; i < vector.getValueCount(); i++) {
      try {
        vector.getObject(i);
      } catch (RuntimeException e) {
        // Arrow Java looks where it reads: what is spoiled may be found as late as here.
        if (!fuzzed.isSpoiled()) {
          throw e;
        }
      }
    }
  }
}
