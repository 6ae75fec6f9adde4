package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.dlpack4j.exporting.GlobalExports.VIEW;
import static org.dlpack4j.exporting.GlobalExports.ndim;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.NativeFunction;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From the consumer's deleter call to the owner's release. */
@WithExports
class OwnerReleaseTest {

  @ParameterizedTest
  @EnumSource
  void closesTheArenaOnTheReaper(Flavour flavour) throws InterruptedException {
    Arena arena = Arena.ofShared();
    Owner owner = Owner.closing(arena);
    TensorView view = TensorView.of(arena.allocate(24, 8), DataType.FLOAT32, 2, 3);

    Consumer consumer = Consumer.of(flavour, GlobalExports.export(flavour, view, owner));
    assertThat(arena.scope().isAlive()).isTrue();
    consumer.delete();

    GlobalExports.awaitReleased(owner);
    assertThat(arena.scope().isAlive()).isFalse();
  }

  @Test
  void runsBlockingReleasesOnTheReaperOnly() throws InterruptedException {
    CountingOwner owner = CountingOwner.blocking();
    TensorExporter.export(VIEW, owner).close();

    for (int i = 0; i < 100; i++) {
      Exports.releasePending();
      TensorExporter.export(VIEW, CountingOwner.nonBlocking()).close();
    }

    GlobalExports.awaitReleased(owner);
    assertThat(owner.releasedBy()).isNotNull();
    Thread reaper = Objects.requireNonNull(owner.releasedBy());
    assertThat(reaper.getName()).isEqualTo("dlpack4j-reaper");
    assertThat(reaper.isDaemon()).isTrue();
    assertThat(reaper.getContextClassLoader()).isNull();
  }

  @Test
  void refusesASecondExportOfAnArenaAndLosesNothing() throws InterruptedException {
    Arena arena = Arena.ofShared();
    Owner owner = Owner.closing(arena);
    Consumer first = Consumer.versioned(TensorExporter.export(VIEW, owner));

    assertThatIllegalStateException()
        .isThrownBy(() -> TensorExporter.export(VIEW, owner))
        .withMessageEndingWith("export several tensors over owner.shared()");
    assertThatIllegalStateException().isThrownBy(() -> TensorExporter.exportLegacy(ndim(9), owner));

    assertThat(arena.scope().isAlive()).isTrue();
    first.delete();
    GlobalExports.awaitReleased(owner);
    assertThat(arena.scope().isAlive()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 9})
  void callsTheFunctionOfANativeOwnerOnce(int ndim) throws InterruptedException {
    NativeFunction free = new NativeFunction();
    NativeOwner owner = Owner.calling(free.address(), MemorySegment.ofAddress(0x42));

    Consumer consumer = Consumer.versioned(TensorExporter.export(ndim(ndim), owner));
    Exports.releasePending();
    assertThat(free.contexts()).isEmpty();
    consumer.delete();

    GlobalExports.awaitReleased(owner);
    assertThat(free.contexts()).containsExactly(0x42L);
  }

  @Test
  void callsTheFunctionOfANativeOwnerWhenClosed() throws InterruptedException {
    NativeFunction free = new NativeFunction();
    NativeOwner owner = Owner.calling(free.address(), MemorySegment.NULL);

    TensorExporter.export(VIEW, owner).close();

    GlobalExports.awaitReleased(owner);
    assertThat(free.contexts()).containsExactly(0L);
  }

  @Test
  void waitsForTheLastExportOfASharedOwner() throws InterruptedException {
    CountingOwner beneath = CountingOwner.nonBlocking();
    SharedOwner shared = beneath.shared();
    Consumer versioned = Consumer.versioned(TensorExporter.export(VIEW, shared));
    Consumer legacy = Consumer.legacy(TensorExporter.exportLegacy(VIEW, shared));
    Consumer spilled = Consumer.versioned(TensorExporter.export(ndim(64), shared));
    assertThat(shared.referenceCount()).isEqualTo(4);

    legacy.delete();
    shared.close();
    spilled.delete();
    Exports.releasePending();
    assertThat(beneath.releases()).isZero();
    versioned.delete();

    assertThat(Exports.awaitReleased(shared, GlobalExports.PATIENCE)).isTrue();
    assertThat(shared.referenceCount()).isZero();
    assertThat(beneath.releases()).isEqualTo(1);
  }

  @Test
  void leavesTheCallersReferenceOfASharedOwner() throws InterruptedException {
    CountingOwner beneath = CountingOwner.blocking();
    try (SharedOwner shared = beneath.shared()) {
      TensorExporter.export(VIEW, shared).close();

      assertThat(Exports.awaitReleased(shared, GlobalExports.PATIENCE)).isTrue();
      assertThat(shared.referenceCount()).isEqualTo(1);
      assertThat(beneath.releases()).isZero();
    }
    assertThat(beneath.releases()).isEqualTo(1);
  }

  @Test
  void servesAnyNumberOfExportsOfReachableMemory() throws InterruptedException {
    Owner owner = Owner.reachable(Arena.global().allocate(24, 8));

    Consumer first = Consumer.versioned(TensorExporter.export(VIEW, owner));
    Consumer second = Consumer.versioned(TensorExporter.export(VIEW, owner));
    first.delete();
    second.delete();

    GlobalExports.awaitReleased(owner);
  }

  @Test
  void keepsAnAutomaticSegmentUntilTheConsumerIsDone() {
    List<WeakReference<MemorySegment>> watched = new ArrayList<>();
    Consumer consumer = exportAutomaticSegment(watched);

    System.gc();
    assertThat(watched.getFirst().get()).isNotNull();
    consumer.delete();

    long deadline = System.nanoTime() + GlobalExports.PATIENCE.toNanos();
    while (watched.getFirst().get() != null && System.nanoTime() < deadline) {
      Exports.releasePending();
      System.gc();
    }
    assertThat(watched.getFirst().get()).isNull();
  }

  /** In a method of its own, so that no local variable of the test keeps the segment. */
  private static Consumer exportAutomaticSegment(List<WeakReference<MemorySegment>> watched) {
    MemorySegment segment = Arena.ofAuto().allocate(24, 8);
    watched.add(new WeakReference<>(segment));
    TensorView view = TensorView.of(segment, DataType.FLOAT32, 2, 3);
    return Consumer.versioned(TensorExporter.export(view, Owner.reachable(segment)));
  }
}
