package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dlpack4j.exporting.GlobalExports.VIEW;
import static org.dlpack4j.exporting.GlobalExports.ndim;

import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An export that throws leaves nothing behind, and the owner with whom it was. */
@ResourceLock(GlobalExports.LOCK)
class FailedExportTest {

  /** Where in an export the owner throws. */
  enum Step {
    MODE,
    IS_READ_ONLY,
    BEGIN_EXPORT
  }

  private static final class UnwillingOwner implements Owner {
    private @Nullable Step unwilling;
    private int releases;

    private void reach(Step step) {
      if (step == unwilling) {
        throw new IllegalStateException("unwilling: " + step);
      }
    }

    @Override
    public Release mode() {
      reach(Step.MODE);
      return Release.NON_BLOCKING;
    }

    @Override
    public boolean isReadOnly() {
      reach(Step.IS_READ_ONLY);
      return false;
    }

    @Override
    public void beginExport() {
      reach(Step.BEGIN_EXPORT);
    }

    @Override
    public void release() {
      releases++;
    }
  }

  private final UnwillingOwner owner = new UnwillingOwner();

  @ParameterizedTest
  @EnumSource
  void leavesNothingWhereverTheOwnerThrows(Step step) {
    owner.unwilling = step;

    for (TensorView view : new TensorView[] {VIEW, ndim(9)}) {
      assertLeavesNothing(
          () ->
              assertThatIllegalStateException()
                  .isThrownBy(() -> TensorExporter.export(view, owner))
                  .withMessage("unwilling: " + step));
      assertLeavesNothing(
          () ->
              assertThatIllegalStateException()
                  .isThrownBy(() -> TensorExporter.exportLegacy(view, owner))
                  .withMessage("unwilling: " + step));
    }
    assertThat(owner.releases).isZero();
  }

  /** More columns than a slab has blocks. */
  @ParameterizedTest
  @EnumSource
  void ofATableLeavesNothingWhereverTheOwnerThrows(Step step) {
    TensorView numbers = GlobalExports.view(TensorLayout.contiguous(3));
    Table table =
        new Table(3, IntStream.range(0, 40).mapToObj(i -> Column.of("c" + i, numbers)).toList());
    owner.unwilling = step;

    assertLeavesNothing(
        () ->
            assertThatIllegalStateException()
                .isThrownBy(() -> TableExporter.export(table, owner))
                .withMessage("unwilling: " + step));
    assertThat(owner.releases).isZero();
  }

  @Test
  void canBeTriedAgain() throws InterruptedException {
    owner.unwilling = Step.BEGIN_EXPORT;
    assertThatIllegalStateException().isThrownBy(() -> TensorExporter.export(VIEW, owner));

    owner.unwilling = null;
    TensorExporter.export(VIEW, owner).close();

    GlobalExports.awaitReleased(owner);
    assertThat(owner.releases).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"MODE", "IS_READ_ONLY"})
  void givesTheReferenceOnASharedOwnerBack(Step step) {
    SharedOwner shared = owner.shared();
    owner.unwilling = step;

    for (TensorView view : new TensorView[] {VIEW, ndim(9)}) {
      assertLeavesNothing(
          () ->
              assertThatIllegalStateException()
                  .isThrownBy(() -> TensorExporter.export(view, shared))
                  .withMessage("unwilling: " + step));
      assertThat(shared.referenceCount()).isEqualTo(1);
    }
    assertThat(owner.releases).isZero();
    shared.close();
    assertThat(owner.releases).isEqualTo(1);
  }

  @Test
  void addsNoReferenceToASharedOwnerThatIsGone() {
    SharedOwner shared = CountingOwner.nonBlocking().shared();
    shared.close();

    assertLeavesNothing(
        () ->
            assertThatIllegalStateException()
                .isThrownBy(() -> TensorExporter.export(VIEW, shared))
                .withMessageContaining("last reference released"));
    assertThat(shared.referenceCount()).isZero();
  }

  @Test
  void refusesDataThatIsNotAligned() {
    TensorView unaligned =
        new TensorView(0x1001, DataType.FLOAT32, Device.CPU, VIEW.layout(), false, false);

    for (Flavour flavour : Flavour.values()) {
      assertLeavesNothing(
          () ->
              assertThatIllegalArgumentException()
                  .isThrownBy(() -> GlobalExports.export(flavour, unaligned, owner))
                  .withMessage(
                      "data: expected an address aligned to 4 bytes for float32 but found 0x1001;"
                          + " export a copy"));
    }
    assertThat(owner.releases).isZero();
  }

  @Test
  void survivesErrorsToo() {
    Owner exhausted =
        new Owner() {
          @Override
          public void beginExport() {
            throw new OutOfMemoryError("none left");
          }

          @Override
          public void release() {
            throw new AssertionError("released, though it was never taken over");
          }
        };

    assertLeavesNothing(
        () ->
            assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> TensorExporter.export(VIEW, exhausted))
                .withMessage("none left"));
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller without NullAway may do
  void refusesNulls() {
    Owner none = null;

    assertLeavesNothing(
        () -> {
          assertThatNullPointerException().isThrownBy(() -> TensorExporter.export(VIEW, none));
          assertThatNullPointerException().isThrownBy(() -> TensorExporter.export(null, owner));
        });
    assertThat(owner.releases).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void freesShapeAndStridesThatDidNotFitTheBlock(boolean failing) throws InterruptedException {
    // Beyond 32 MiB malloc maps memory, and counts it.
    int ndim = 2_500_000;
    TensorView view = ndim(ndim);
    long before = MappedByMalloc.bytes();
    owner.unwilling = failing ? Step.BEGIN_EXPORT : null;

    for (int i = 0; i < 2; i++) {
      if (failing) {
        assertThatThrownBy(() -> TensorExporter.export(view, owner)).hasMessageContaining("BEGIN");
      } else {
        ExportedTensor tensor = TensorExporter.export(view, owner);
        assertThat(MappedByMalloc.bytes()).isGreaterThanOrEqualTo(before + 16L * ndim);
        tensor.close();
        GlobalExports.awaitReleased(owner);
      }
    }

    assertThat(MappedByMalloc.bytes()).isLessThan(before + 16L * ndim);
  }

  private static void assertLeavesNothing(ThrowingCallable failingExport) {
    ExportStatistics before = Exports.statistics();
    // Often enough to use the slab up many times over, if blocks were lost.
    for (int i = 0; i < 3 * SlabHeader.SLOTS; i++) {
      try {
        failingExport.call();
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
    ExportStatistics after = Exports.statistics();
    assertThat(after.live()).isEqualTo(before.live());
    assertThat(after.doubleDeletes()).isEqualTo(before.doubleDeletes());
    assertThat(after.nativeBytes())
        .as("at most a first slab of this thread's stripe in each lane")
        .isLessThanOrEqualTo(before.nativeBytes() + 2 * SlabHeader.SLAB_BYTES);
  }
}
