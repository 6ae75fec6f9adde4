package org.dlpack4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.time.Duration;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.exporting.WithExports;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Shared memory under exports. */
@WithExports
class AllocationOwnerTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long LARGE = 2L << 20;

  private final TestKernel kernel = new TestKernel();
  private final SharedMemory pool = new SharedMemory(kernel, SharedMemoryOptions.DEFAULT);

  @BeforeAll
  static void needsLinux() {
    assumeThat(SharedMemory.lack()).isEmpty();
  }

  @AfterEach
  void leavesNothingBehind() {
    pool.close();
    assertThat(kernel.files()).isZero();
  }

  @Test
  void keepsTheMemoryUntilTheConsumerIsDone() throws InterruptedException {
    SharedAllocation allocation = pool.allocate(100 * JAVA_INT.byteSize());
    TensorView view = TensorView.of(allocation.segment(), DataType.INT32, 100);
    Owner owner = allocation.intoOwner();
    ExportedTensor tensor = TensorExporter.export(view, owner);
    assertThat(pool.statistics().liveAllocations()).isEqualTo(1);

    tensor.close();

    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(pool.statistics().liveAllocations()).isZero();
    assertThat(pool.statistics().doubleFrees()).isZero();
  }

  @Test
  void canBeReleasedByWhoeverExports() {
    SharedAllocation allocation = pool.allocate(64);
    String address = Long.toHexString(allocation.address());
    Owner owner = allocation.intoOwner();

    assertThat(owner.mode()).isEqualTo(Owner.Release.NON_BLOCKING);
    assertThat(owner.isReadOnly()).isFalse();
    assertThat(owner).hasToString("owner of 64 bytes of shared memory at 0x" + address);
    owner.release();
  }

  @Test
  void leavesTheHandleNothingToGiveBack() {
    SharedAllocation allocation = pool.allocate(64);
    Owner owner = allocation.intoOwner();
    allocation.close();
    allocation.close();

    assertThat(pool.statistics().liveAllocations()).isEqualTo(1);
    assertThat(pool.statistics().doubleFrees()).isZero();
    assertThatIllegalStateException()
        .isThrownBy(allocation::segment)
        .withMessage("allocation: expected one that is held but found it handed to an owner");
    assertThatIllegalStateException().isThrownBy(allocation::intoOwner);
    assertThat(allocation).hasToString("shared memory, handed to an owner");
    owner.release();
    assertThat(pool.statistics().liveAllocations()).isZero();
  }

  @Test
  void givesTheMemoryBackOnceHoweverOftenItIsReleased() {
    Owner owner = pool.allocate(64).intoOwner();
    owner.release();
    SharedAllocation next = pool.allocate(64);
    owner.release();

    assertThat(pool.statistics().liveAllocations()).isEqualTo(1);
    assertThat(pool.statistics().doubleFrees()).isEqualTo(1);
    next.close();
  }

  @Test
  void servesOneExportAtATimeUnlessShared() throws InterruptedException {
    SharedAllocation allocation = pool.allocate(64);
    TensorView view = TensorView.of(allocation.segment(), DataType.INT32, 16);
    Owner owner = allocation.intoOwner();
    TensorExporter.export(view, owner).close();
    assertThatIllegalStateException()
        .isThrownBy(() -> TensorExporter.export(view, owner))
        .withMessage(
            "owner: expected shared memory that no other export holds but found some exported"
                + " already; export several tensors over owner.shared()");
    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();

    SharedAllocation another = pool.allocate(64);
    TensorView anotherView = TensorView.of(another.segment(), DataType.INT32, 16);
    SharedOwner shared = another.intoOwner().shared();
    TensorExporter.export(anotherView, shared).close();
    TensorExporter.export(anotherView, shared).close();
    assertThat(Exports.awaitReleased(shared, PATIENCE)).isTrue();
    assertThat(pool.statistics().liveAllocations()).isEqualTo(1);
    shared.close();
    assertThat(pool.statistics().liveAllocations()).isZero();
  }

  @Test
  void leavesTheUnmappingToAnotherThread() throws InterruptedException {
    try (SharedMemory none = new SharedMemory(kernel, SharedMemoryOptions.DEFAULT.keeping(0))) {
      Owner owner = none.allocate(LARGE).intoOwner();
      assertThat(kernel.files()).isEqualTo(1);

      owner.release();

      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (kernel.files() != 0 && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(kernel.files()).isZero();
      assertThat(kernel.mappings()).isZero();
    }
  }

  @Test
  void endsAClosedPoolWithTheLastRelease() {
    Owner owner = pool.allocate(64).intoOwner();
    pool.close();
    assertThat(kernel.files()).isEqualTo(1);

    owner.release();

    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (kernel.files() != 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(kernel.files()).isZero();
  }
}
