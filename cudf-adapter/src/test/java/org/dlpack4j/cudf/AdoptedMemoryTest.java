package org.dlpack4j.cudf;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.DataType;
import org.dlpack4j.cuda.CudaMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The last of several buffers lets their owner go, if there is one. */
@ExtendWith(CudfNatives.class)
class AdoptedMemoryTest extends ForeignTensors {

  @Test
  void aHandlerThatThrowsDoesNotReachTheUsersClose() {
    long before = CudfMemory.statistics().failedReleases();
    try (CudaMemory memory = CudaMemory.allocate(0, 64)) {
      AdoptedMemory adopted = new AdoptedMemory();
      var buffer = requireNonNull(adopted.buffer(memory.view(DataType.INT8, 8)));
      adopted.giveOwner(
          () -> {
            throw new IllegalStateException("as the test wants it");
          });
      buffer.close();
    }
    assertThat(CudfMemory.statistics().failedReleases()).isEqualTo(before + 1);
  }

  @Test
  void theLastBufferReleasesAndNoOtherDoes() {
    try (CudaMemory memory = CudaMemory.allocate(0, 64)) {
      AdoptedMemory adopted = new AdoptedMemory();
      var first = requireNonNull(adopted.buffer(memory.view(DataType.INT8, 8)));
      var second = requireNonNull(adopted.buffer(memory.view(DataType.INT8, 16)));
      adopted.giveOwner(deleted::incrementAndGet);
      second.incRefCount();
      first.close();
      second.close();
      assertThat(deleted).hasValue(0);
      second.close();
      assertThat(deleted).hasValue(1);
    }
  }

  @Test
  void buffersThatAreClosedBeforeThereIsAnOwnerReleaseNothing() {
    try (CudaMemory memory = CudaMemory.allocate(0, 64)) {
      AdoptedMemory adopted = new AdoptedMemory();
      requireNonNull(adopted.buffer(memory.view(DataType.INT8, 8))).close();
      var open = requireNonNull(adopted.buffer(memory.view(DataType.INT8, 8)));
      adopted.abandon();
      assertThat(open.getRefCount()).isZero();
    }
  }
}
