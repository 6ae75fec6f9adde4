package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class SharedOwnerTest {

  private final CountingOwner beneath = CountingOwner.nonBlocking();
  private final SharedOwner shared = beneath.shared();

  @Test
  void releasesTheOwnerBeneathWithTheLastReference() {
    Owner first = shared.retain();
    Owner second = shared.retain();
    assertThat(shared.referenceCount()).isEqualTo(3);

    shared.close();
    first.release();
    assertThat(shared.referenceCount()).isEqualTo(1);
    assertThat(beneath.releases()).isZero();
    second.release();

    assertThat(shared.referenceCount()).isZero();
    assertThat(beneath.releases()).isEqualTo(1);
  }

  @Test
  void hasOneReferenceObjectForAll() {
    assertThat(shared.retain()).isSameAs(shared.retain()).isSameAs(shared.reference());
    assertThat(shared.referenceCount()).as("reference() adds none").isEqualTo(3);
  }

  @Test
  void givesTheCallersReferenceBackOnce() {
    Owner exported = shared.retain();

    shared.close();
    shared.close();

    assertThat(shared.referenceCount()).isEqualTo(1);
    assertThat(beneath.releases()).isZero();
    exported.release();
    assertThat(beneath.releases()).isEqualTo(1);
  }

  @Test
  void neverComesBackFromZero() {
    shared.close();

    assertThatIllegalStateException()
        .isThrownBy(shared::retain)
        .withMessage(
            "owner: expected one that is still held but found its last reference released:"
                + " CountingOwner");
    assertThat(shared.referenceCount()).isZero();
    assertThat(beneath.releases()).isEqualTo(1);
  }

  @Test
  void callsOneReleaseTooManyAnError() {
    Owner exported = shared.retain();
    shared.close();
    exported.release();

    assertThatIllegalStateException()
        .isThrownBy(exported::release)
        .withMessage("owner: released more often than retained: CountingOwner");
    assertThat(shared.referenceCount()).isZero();
    assertThat(beneath.releases()).isEqualTo(1);
  }

  @Test
  void isReleasedAndReadOnlyAsTheOwnerBeneath() {
    Owner readOnly = Owner.reachable(Arena.global().allocate(8).asReadOnly());
    try (SharedOwner overReadOnly = readOnly.shared();
        SharedOwner overBlocking = CountingOwner.blocking().shared()) {
      assertThat(overReadOnly.isReadOnly()).isTrue();
      assertThat(overReadOnly.reference().isReadOnly()).isTrue();
      assertThat(shared.isReadOnly()).isFalse();
      assertThat(overBlocking.reference().mode()).isEqualTo(Owner.Release.BLOCKING);
      assertThat(shared.reference().mode()).isEqualTo(Owner.Release.NON_BLOCKING);
    }
  }

  @Test
  void refusesToBeSharedAgain() {
    assertThatIllegalStateException()
        .isThrownBy(() -> shared.reference().shared())
        .withMessage("owner: shared already; call retain() on its SharedOwner");
  }

  @Test
  void leavesAnOwnerAloneThatCannotBeShared() {
    Owner unwilling =
        new Owner() {
          @Override
          public void beginExport() {
            throw new IllegalStateException("not today");
          }

          @Override
          public void release() {
            throw new AssertionError("released, though it was never taken over");
          }
        };

    assertThatIllegalStateException().isThrownBy(unwilling::shared).withMessage("not today");
  }

  @Test
  void passesOnWhatTheOwnerBeneathThrowsAndIsReleased() {
    Owner failing =
        () -> {
          throw new UnsupportedOperationException("no release");
        };
    SharedOwner overFailing = failing.shared();

    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(overFailing::close)
        .withMessage("no release");
    assertThat(overFailing.referenceCount()).isZero();
  }

  @Test
  void saysHowManyReferencesThereAre() {
    shared.retain();

    assertThat(shared).hasToString("shared CountingOwner, 2 references");
  }

  @Test
  void countsRightUnderContention() throws Exception {
    Concurrently.run(
        4,
        thread -> {
          for (int i = 0; i < 10_000; i++) {
            shared.retain().release();
          }
        });

    assertThat(shared.referenceCount()).isEqualTo(1);
    shared.close();
    assertThat(beneath.releases()).isEqualTo(1);
  }
}
