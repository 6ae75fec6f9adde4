package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.exporting.GlobalExports.VIEW;

import java.util.stream.Stream;
import org.dlpack4j.Concurrently;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.NativeCalls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Consumers that delete twice and owners that throw: counted, and the JVM lives. */
@ResourceLock(GlobalExports.LOCK)
class MisbehaviourTest {

  private static final class FailingOwner implements Owner {
    private final Release mode;
    private final Throwable failure;

    FailingOwner(Release mode, Throwable failure) {
      this.mode = mode;
      this.failure = failure;
    }

    @Override
    public void release() {
      throw FailingOwner.<RuntimeException>unchecked(failure);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // to throw anything at all
    private static <T extends Throwable> T unchecked(Throwable failure) {
      return (T) failure;
    }

    @Override
    public Release mode() {
      return mode;
    }

    @Override
    public String toString() {
      return "FailingOwner";
    }
  }

  private static final class OverflowingOwner implements Owner {
    private final Release mode;

    OverflowingOwner(Release mode) {
      this.mode = mode;
    }

    @Override
    public void release() {
      deeper(0);
    }

    private static long deeper(long depth) {
      return depth < Long.MAX_VALUE ? deeper(depth + 1) + depth : 0;
    }

    @Override
    public Release mode() {
      return mode;
    }
  }

  @ParameterizedTest
  @EnumSource
  void countsASecondDeleteAndReleasesOnce(Flavour flavour) throws InterruptedException {
    CountingOwner owner = CountingOwner.nonBlocking();
    long before = Exports.statistics().doubleDeletes();
    Consumer consumer = Consumer.of(flavour, GlobalExports.export(flavour, VIEW, owner));

    consumer.delete();
    assertThat(Exports.statistics().doubleDeletes()).isEqualTo(before);
    consumer.delete();
    GlobalExports.awaitReleased(owner);
    consumer.delete();

    assertThat(Exports.statistics().doubleDeletes()).isEqualTo(before + 2);
    Exports.releasePending();
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void countsConcurrentDeletesAndReleasesOnce() throws InterruptedException {
    for (int round = 0; round < 100; round++) {
      CountingOwner owner = CountingOwner.nonBlocking();
      long before = Exports.statistics().doubleDeletes();
      Consumer consumer = Consumer.versioned(TensorExporter.export(VIEW, owner));

      Concurrently.run(3, thread -> consumer.delete());

      GlobalExports.awaitReleased(owner);
      assertThat(owner.releases()).isEqualTo(1);
      assertThat(Exports.statistics().doubleDeletes()).isEqualTo(before + 2);
    }
  }

  @Test
  void ignoresADeleteOfNull() {
    long before = Exports.statistics().doubleDeletes();

    for (Flavour flavour : Flavour.values()) {
      NativeCalls.call(Exports.DELETERS.of(flavour, Lane.NON_BLOCKING), 0);
    }

    assertThat(Exports.statistics().doubleDeletes()).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource
  void countsReleasesThatThrow(Owner owner) throws InterruptedException {
    GlobalExports.settle();
    ExportStatistics before = Exports.statistics();
    try (CapturedLog log = new CapturedLog()) {
      TensorExporter.export(VIEW, owner).close();
      GlobalExports.awaitReleased(owner);

      ExportStatistics after = Exports.statistics();
      assertThat(after.releaseFailures()).isEqualTo(before.releaseFailures() + 1);
      assertThat(after.live()).isEqualTo(before.live());
      assertThat(after.pending()).isZero();
      // Other tests make owners of their own fail meanwhile.
      assertThat(log.records())
          .filteredOn(record -> record.getMessage().endsWith(": " + owner))
          .singleElement()
          .satisfies(
              record -> {
                assertThat(record.getMessage())
                    .isEqualTo(
                        "the release of an exported tensor's owner threw; its memory may leak: "
                            + owner);
                assertThat(record.getThrown()).isNotNull();
              });
    }
    assertReleasesOthersStill(owner.mode());
  }

  static Stream<Owner> countsReleasesThatThrow() {
    return Stream.of(Owner.Release.values())
        .flatMap(
            mode ->
                Stream.of(
                    new OverflowingOwner(mode),
                    new FailingOwner(mode, new IllegalStateException("no")),
                    new FailingOwner(mode, new InterruptedException("no")),
                    new FailingOwner(mode, new OutOfMemoryError("no")),
                    new FailingOwner(mode, new AssertionError("no"))));
  }

  @Test
  void countsAReleaseThatThrowsThoughItCannotSaySo() throws InterruptedException {
    Owner unspeakable =
        new Owner() {
          @Override
          public void release() {
            throw new IllegalStateException("no release");
          }

          @Override
          public String toString() {
            throw new IllegalStateException("no name");
          }
        };
    long before = Exports.statistics().releaseFailures();

    TensorExporter.export(VIEW, unspeakable).close();

    assertThat(Exports.awaitReleased(unspeakable, GlobalExports.PATIENCE)).isTrue();
    assertThat(Exports.statistics().releaseFailures()).isEqualTo(before + 1);
    assertReleasesOthersStill(Owner.Release.BLOCKING);
  }

  private static void assertReleasesOthersStill(Owner.Release mode) throws InterruptedException {
    CountingOwner next =
        mode == Owner.Release.BLOCKING ? CountingOwner.blocking() : CountingOwner.nonBlocking();
    TensorExporter.export(VIEW, next).close();
    GlobalExports.awaitReleased(next);
    assertThat(next.releases()).isEqualTo(1);
  }
}
