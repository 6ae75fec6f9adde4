package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.dlpack4j.exporting.GlobalExports.VIEW;
import static org.dlpack4j.exporting.GlobalExports.view;

import java.lang.foreign.Arena;
import java.util.List;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.NativeFunction;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Read-only and padded tensors: what a versioned tensor says and a legacy one cannot. */
@WithExports
class ExportedFlagsTest {

  private static final TensorView PADDED =
      new TensorView(0x1000, DataType.INT4, Device.CPU, TensorLayout.contiguous(4), false, true);

  static final List<TensorView> READ_ONLY =
      List.of(
          VIEW.asReadOnly(),
          view(TensorLayout.contiguous(3).broadcast(2, 3)),
          view(TensorLayout.strided(new long[] {3, 4}, new long[] {1, 1})));

  @Test
  void haveDlpacksBits() {
    assertThat(TensorFlags.READ_ONLY).isEqualTo(1);
    assertThat(TensorFlags.IS_COPIED).isEqualTo(2);
    assertThat(TensorFlags.IS_SUBBYTE_TYPE_PADDED).isEqualTo(4);
  }

  @Test
  void areNoneForAWritableView() {
    assertThat(flags(VIEW, CountingOwner.nonBlocking())).isZero();
    assertThat(flags(view(TensorLayout.contiguous(2, 3).transpose()), CountingOwner.blocking()))
        .isZero();
  }

  @ParameterizedTest
  @FieldSource("READ_ONLY")
  void sayReadOnlyForAReadOnlyViewOrOneThatMayOverlap(TensorView view) {
    assertThat(flags(view, CountingOwner.nonBlocking())).isEqualTo(TensorFlags.READ_ONLY);
  }

  @Test
  void sayReadOnlyForAReadOnlyOwner() {
    assertThat(flags(VIEW, readOnlyOwner())).isEqualTo(TensorFlags.READ_ONLY);
    try (SharedOwner shared = readOnlyOwner().shared()) {
      Consumer consumer = Consumer.versioned(TensorExporter.export(VIEW, shared));
      assertThat(consumer.flags()).isEqualTo(TensorFlags.READ_ONLY);
      consumer.delete();
    }
  }

  @Test
  void sayReadOnlyForAReadOnlyOwnerOfASpilledTensor() {
    assertThat(flags(GlobalExports.ndim(9), readOnlyOwner())).isEqualTo(TensorFlags.READ_ONLY);
  }

  @Test
  void sayCopiedForAFreshCopyWithOneExport() {
    assertThat(flags(VIEW, freshCopy())).isEqualTo(TensorFlags.IS_COPIED);
    assertThat(flags(GlobalExports.ndim(9), freshCopy())).isEqualTo(TensorFlags.IS_COPIED);
    assertThat(flags(PADDED.asReadOnly(), freshCopy())).isEqualTo(7);
  }

  @Test
  void doNotSayCopiedForASharedOne() {
    try (SharedOwner shared = freshCopy().shared()) {
      Consumer consumer = Consumer.versioned(TensorExporter.export(VIEW, shared));
      assertThat(consumer.flags()).isZero();
      consumer.delete();
    }
  }

  @Test
  void sayPaddedBesideReadOnly() {
    assertThat(flags(PADDED, CountingOwner.nonBlocking())).isEqualTo(4);
    assertThat(flags(PADDED.asReadOnly(), CountingOwner.nonBlocking())).isEqualTo(5);
  }

  @Test
  void doNotStayFromThePreviousTensorOfABlock() {
    for (int i = 0; i < 200; i++) {
      assertThat(flags(PADDED.asReadOnly(), CountingOwner.nonBlocking())).isEqualTo(5);
      assertThat(flags(VIEW, CountingOwner.nonBlocking())).isZero();
    }
  }

  @ParameterizedTest
  @FieldSource("READ_ONLY")
  void areMissedWhenALegacyTensorWouldBeReadOnly(TensorView view) {
    CountingOwner owner = CountingOwner.nonBlocking();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorExporter.exportLegacy(view, owner))
        .withMessage(
            "flags: expected a writable tensor, as DLManagedTensor cannot say read-only, but found "
                + view
                + "; export a versioned one, or use exportLegacyDespiteReadOnly");
    assertThat(owner.releases()).isZero();
  }

  @Test
  void areMissedWhenALegacyTensorsOwnerIsReadOnly() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorExporter.exportLegacy(VIEW, readOnlyOwner()))
        .withMessageContaining("but found " + VIEW + " of a read-only owner; export a versioned");
    try (SharedOwner shared = readOnlyOwner().shared()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TensorExporter.exportLegacy(VIEW, shared))
          .withMessageContaining(" of a read-only owner");
      assertThat(shared.referenceCount()).isEqualTo(1);
    }
  }

  @Test
  void areMissedWhenALegacyTensorWouldBePadded() {
    String message =
        "flags: expected a packed tensor, as DLManagedTensor cannot say padded, but found int4[4]"
            + " on cpu at 0x1000, padded";

    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorExporter.exportLegacy(PADDED, CountingOwner.nonBlocking()))
        .withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> TensorExporter.exportLegacyDespiteReadOnly(PADDED, CountingOwner.nonBlocking()))
        .withMessage(message);
  }

  @Test
  void areWaivedByName() throws InterruptedException {
    CountingOwner owner = CountingOwner.nonBlocking();

    Consumer consumer =
        Consumer.legacy(TensorExporter.exportLegacyDespiteReadOnly(VIEW.asReadOnly(), owner));

    assertThat(consumer.data()).isEqualTo(0x1000);
    consumer.delete();
    GlobalExports.awaitReleased(owner);
    assertThat(owner.releases()).isEqualTo(1);
  }

  private static Owner freshCopy() {
    return new NativeOwner(new NativeFunction().address().address(), 0, true);
  }

  private static Owner readOnlyOwner() {
    return Owner.reachable(Arena.global().allocate(8).asReadOnly());
  }

  private static long flags(TensorView view, Owner owner) {
    Consumer consumer = Consumer.versioned(TensorExporter.export(view, owner));
    try {
      return consumer.flags();
    } finally {
      consumer.delete();
    }
  }
}
