package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.dlpack4j.exporting.GlobalExports.PATIENCE;
import static org.dlpack4j.exporting.GlobalExports.VIEW;
import static org.dlpack4j.exporting.GlobalExports.ndim;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.NativeFunction;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Waiting for releases, and counting. */
@ResourceLock(GlobalExports.LOCK)
class ExportsTest {

  private static final Duration SHORT = Duration.ofMillis(20);

  @ParameterizedTest
  @MethodSource
  void waitsForEveryKindOfOwner(TensorView view, Owner owner) throws InterruptedException {
    Consumer consumer = Consumer.versioned(TensorExporter.export(view, owner));

    assertThat(Exports.awaitReleased(owner, SHORT)).isFalse();
    consumer.delete();

    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
  }

  static Stream<Arguments> waitsForEveryKindOfOwner() {
    MemorySegment free = new NativeFunction().address();
    return Stream.of(VIEW, ndim(9))
        .flatMap(
            view ->
                Stream.of(
                    Arguments.of(view, CountingOwner.nonBlocking()),
                    Arguments.of(view, CountingOwner.blocking()),
                    Arguments.of(view, Owner.calling(free, MemorySegment.ofAddress(1)))));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 9})
  void waitsForTheExportsOfASharedOwner(int ndim) throws InterruptedException {
    try (SharedOwner shared = CountingOwner.nonBlocking().shared()) {
      Consumer first = Consumer.versioned(TensorExporter.export(ndim(ndim), shared));
      Consumer second = Consumer.versioned(TensorExporter.export(ndim(ndim), shared));

      first.delete();
      assertThat(Exports.awaitReleased(shared, SHORT)).isFalse();
      second.delete();

      assertThat(Exports.awaitReleased(shared, PATIENCE)).isTrue();
      assertThat(shared.referenceCount()).isEqualTo(1);
    }
  }

  @Test
  void waitsForAllOwnersOfAKindWhateverIsAroundThem() throws InterruptedException {
    OfAKind plain = new OfAKind();
    OfAKind spilled = new OfAKind();
    OfAKind inside = new OfAKind();
    try (SharedOwner shared = inside.shared()) {
      Consumer first = Consumer.versioned(TensorExporter.export(VIEW, plain));
      Consumer second = Consumer.versioned(TensorExporter.export(ndim(9), spilled));
      Consumer third = Consumer.versioned(TensorExporter.export(VIEW, shared));

      assertThat(Exports.held(OfAKind.class::isInstance))
          .containsExactlyInAnyOrder(plain, spilled, inside);
      second.delete();
      third.delete();
      assertThat(Exports.awaitReleased(OfAKind.class::isInstance, SHORT)).isFalse();
      first.delete();

      assertThat(Exports.awaitReleased(OfAKind.class::isInstance, PATIENCE)).isTrue();
      assertThat(Exports.held(OfAKind.class::isInstance)).isEmpty();
    }
  }

  private static final class OfAKind implements Owner {
    @Override
    public void release() {
      // nothing is held
    }
  }

  @Test
  void hasNothingToWaitForWithoutAnExport() throws InterruptedException {
    for (Duration timeout :
        new Duration[] {Duration.ZERO, Duration.ofSeconds(-1), ChronoUnit.FOREVER.getDuration()}) {
      assertThat(Exports.awaitReleased(CountingOwner.blocking(), timeout))
          .as("%s", timeout)
          .isTrue();
    }
  }

  @Test
  void doesNotWaitWithoutTime() throws InterruptedException {
    CountingOwner owner = CountingOwner.blocking();
    try (ExportedTensor held = TensorExporter.export(VIEW, owner)) {
      assertThat(held.toString()).contains("held");
      assertThat(Exports.awaitReleased(owner, Duration.ZERO)).isFalse();
      assertThat(Exports.awaitReleased(owner, Duration.ofSeconds(-1))).isFalse();
    }
  }

  @Test
  void stopsWaitingWhenInterrupted() {
    CountingOwner owner = CountingOwner.blocking();
    try (ExportedTensor held = TensorExporter.export(VIEW, owner)) {
      assertThat(held.toString()).contains("held");
      Thread.currentThread().interrupt();

      assertThatExceptionOfType(InterruptedException.class)
          .isThrownBy(() -> Exports.awaitReleased(owner, PATIENCE));
    }
  }

  @Test
  void waitsUntilTheReleaseHasReturned() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch allowed = new CountDownLatch(1);
    Owner slow =
        () -> {
          entered.countDown();
          awaitQuietly(allowed);
        };
    GlobalExports.settle();
    ExportStatistics before = Exports.statistics();

    ExportedTensor tensor = TensorExporter.export(VIEW, slow);
    assertThat(Exports.statistics().live()).isEqualTo(before.live() + 1);
    tensor.close();
    assertThat(entered.await(CountingOwner.SECONDS, TimeUnit.SECONDS)).isTrue();

    assertThat(Exports.statistics().live()).isEqualTo(before.live());
    assertThat(Exports.statistics().pending()).isEqualTo(1);
    assertThat(Exports.awaitReleased(slow, SHORT)).isFalse();
    assertExportsMeanwhile();
    allowed.countDown();

    assertThat(Exports.awaitReleased(slow, PATIENCE)).isTrue();
    GlobalExports.settle();
  }

  /** Of both lanes, more than a slab has. */
  private static void assertExportsMeanwhile() {
    for (int i = 0; i < 2 * SlabHeader.SLOTS; i++) {
      CountingOwner owner = CountingOwner.nonBlocking();
      TensorExporter.export(VIEW, owner).close();
      TensorExporter.export(VIEW, () -> {}).close();
    }
    Exports.releasePending();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      if (!latch.await(CountingOwner.SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody allowed it");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void takesNoMoreMemoryForTheSameNumberOfTensors() throws InterruptedException {
    exportAndDelete(20);
    long before = Exports.statistics().nativeBytes();

    exportAndDelete(200);

    assertThat(Exports.statistics().nativeBytes())
        .as("the reaper may have had a slab or two in hand")
        .isLessThanOrEqualTo(before + 4 * SlabHeader.SLAB_BYTES);
  }

  private static void exportAndDelete(int rounds) throws InterruptedException {
    for (int round = 0; round < rounds; round++) {
      CountingOwner owner = CountingOwner.nonBlocking();
      for (Consumer consumer :
          Stream.generate(() -> Consumer.versioned(TensorExporter.export(VIEW, owner)))
              .limit(100)
              .toList()) {
        consumer.delete();
      }
      GlobalExports.awaitReleased(owner);
      assertThat(owner.releases()).isEqualTo(100);
    }
  }

  @Test
  void saysWhatDeletersAreAndWhy() {
    assertThat(Exports.deleterKind()).isEqualTo(Exports.DELETERS.kind());
    assertThat(Exports.deleterDescription()).isEqualTo(Exports.DELETERS.description());
  }
}
