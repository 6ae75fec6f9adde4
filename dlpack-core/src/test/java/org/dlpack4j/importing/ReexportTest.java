package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.dlpack4j.importing.ForeignTensor.legacy;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.exporting.WithExports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that come in and go out again. */
@WithExports
class ReexportTest {

  private static final Duration PATIENCE = Duration.ofSeconds(CountingOwner.SECONDS);
  private static final TensorImporter IMPORTER = TensorImporter.versioned();

  private final ForeignTensor foreign = versioned();

  /** Imports and exports, as {@code change} wants the view. */
  private static ExportedTensor reexport(ImportedTensor tensor) {
    TensorView view = tensor.view();
    return TensorExporter.export(view, tensor.intoOwner());
  }

  private ImportedTensor adopted() {
    return foreign.importer().adopt(foreign.pointer());
  }

  @Test
  void isDeletedOnceByTheReaper() throws InterruptedException {
    TensorView view;
    Owner owner;
    try (ImportedTensor tensor = adopted()) {
      view = tensor.view();
      owner = tensor.intoOwner();
    }

    TensorExporter.export(view, owner).close();

    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void isTheCallersIfTheExportFails() {
    ImportedTensor tensor = adopted();
    TensorView unaligned =
        new TensorView(
            tensor.view().address() + 1,
            DataType.FLOAT32,
            tensor.view().device(),
            tensor.view().layout(),
            false,
            false);
    Owner owner = tensor.intoOwner();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorExporter.export(unaligned, owner).close());
    assertThat(foreign.deletions()).isZero();
    owner.release();
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void staysReadOnly() {
    assertThat(flagsOut(TensorFlags.READ_ONLY)).isEqualTo(TensorFlags.READ_ONLY);
    foreign.strides(0, 1);
    assertThat(flagsOut(0)).as("overlapping").isEqualTo(TensorFlags.READ_ONLY);
  }

  @Test
  void staysPadded() {
    foreign.dataType(DataType.INT4);
    assertThat(flagsOut(TensorFlags.IS_SUBBYTE_TYPE_PADDED))
        .isEqualTo(TensorFlags.IS_SUBBYTE_TYPE_PADDED);
    assertThat(flagsOut(0)).isZero();
  }

  @Test
  void isNobodysOwnCopyAnyMore() {
    assertThat(flagsOut(TensorFlags.IS_COPIED)).isZero();
    assertThat(flagsOut(TensorFlags.IS_COPIED | TensorFlags.READ_ONLY))
        .isEqualTo(TensorFlags.READ_ONLY);
  }

  @Test
  void keepsItsOwnFlagsIfItIsOnlyPassedOn() {
    foreign.flags(TensorFlags.IS_COPIED);
    try (ImportedTensor tensor = adopted()) {
      MemorySegment out = tensor.transferOut();
      assertThat(IMPORTER.inspect(out).flags()).isEqualTo(TensorFlags.IS_COPIED);
    }
  }

  private long flagsOut(long flagsIn) {
    foreign.flags(flagsIn);
    try (ExportedTensor exported = reexport(adopted())) {
      MemorySegment out = exported.transferOut();
      try (ImportedTensor again = IMPORTER.adopt(out)) {
        return again.flags();
      }
    }
  }

  @Test
  void becomesReadOnlyWhenItComesFromALegacyOne() {
    ForeignTensor old = legacy();
    try (ExportedTensor exported = reexport(old.importer().adopt(old.pointer()))) {
      MemorySegment out = exported.transferOut();
      assertThat(IMPORTER.inspect(out).flags()).isEqualTo(TensorFlags.READ_ONLY);
      IMPORTER.discard(out);
    }
  }

  @Test
  void cannotBecomeALegacyOneThatWouldHideItIsReadOnly() {
    foreign.flags(TensorFlags.READ_ONLY);
    ImportedTensor tensor = adopted();
    // A view that forgot it: the owner has not.
    TensorView view =
        new TensorView(
            tensor.view().address(),
            DataType.FLOAT32,
            tensor.view().device(),
            tensor.view().layout(),
            false,
            false);
    Owner owner = tensor.intoOwner();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorExporter.exportLegacy(view, owner).close())
        .withMessageStartingWith("flags: expected a writable tensor");
    owner.release();
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void keepsWhereTheElementsAre() {
    foreign.byteOffset(48).shape(2, 3, 1).strides(-3, -1, 99);
    try (ExportedTensor exported = reexport(adopted())) {
      try (ImportedTensor again = IMPORTER.adopt(exported.transferOut())) {
        assertThat(again.view().dataAddress()).isEqualTo(foreign.data().address() + 48);
        assertThat(again.view().layout().strides()).startsWith(-3, -1);
        assertThat(again.firstElementOffset()).isEqualTo(20);
        assertThat(again.segment().byteSize()).isEqualTo(24);
      }
    }
  }

  @Test
  void canBeSharedBetweenExports() throws InterruptedException {
    TensorView view;
    try (ImportedTensor tensor = adopted()) {
      view = tensor.view();
      SharedOwner shared = tensor.intoOwner().shared();
      ExportedTensor whole = TensorExporter.export(view, shared);
      ExportedTensor part =
          TensorExporter.export(view.withLayout(view.layout().select(0, 1)), shared);
      shared.close();
      whole.close();
      assertThat(Exports.awaitReleased(shared, Duration.ZERO)).isFalse();
      assertThat(foreign.deletions()).isZero();
      part.close();
      assertThat(Exports.awaitReleased(shared, PATIENCE)).isTrue();
    }
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void servesNoSecondExport() throws InterruptedException {
    ImportedTensor tensor = adopted();
    TensorView view = tensor.view();
    Owner owner = tensor.intoOwner();
    ExportedTensor first = TensorExporter.export(view, owner);

    assertThatIllegalStateException()
        .isThrownBy(() -> TensorExporter.export(view, owner).close())
        .withMessageContaining("found one exported already");

    assertThat(foreign.deletions()).isZero();
    first.close();
    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void goesThroughOurHandsThreeTimes(boolean shared) throws InterruptedException {
    CountingOwner owner = CountingOwner.nonBlocking();
    MemorySegment memory = Arena.ofAuto().allocate(24, 8);
    TensorView view = TensorView.of(memory, DataType.FLOAT32, TensorLayout.contiguous(2, 3));
    TensorImporter importer = shared ? IMPORTER.shared() : IMPORTER;

    ExportedTensor exported = TensorExporter.export(view, owner);
    for (int round = 0; round < 3; round++) {
      ImportedTensor tensor = importer.adopt(exported.transferOut());
      assertThat(tensor.view()).isEqualTo(view);
      tensor.elements().setDouble(round, 1, 2);
      exported = reexport(tensor);
    }
    assertThat(owner.releases()).isZero();
    exported.close();

    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(owner.releases()).isEqualTo(1);
    assertThat(memory.get(ValueLayout.JAVA_FLOAT, 20)).isEqualTo(2);
  }

  @Test
  void importsWhatWeExport() throws InterruptedException {
    CountingOwner owner = CountingOwner.nonBlocking();
    MemorySegment memory = Arena.ofAuto().allocate(24, 8);
    TensorView view = TensorView.of(memory, DataType.INT64, 3);

    try (ImportedTensor tensor =
        IMPORTER
            .with(ImportPolicy.STRICT.requireWritable())
            .adopt(TensorExporter.export(view, owner).transferOut())) {
      assertThat(tensor.view()).isEqualTo(view);
    }
    try (ImportedTensor tensor =
        TensorImporter.legacy()
            .with(ImportPolicy.STRICT.assumeWritable().requireWritable())
            .adopt(TensorExporter.exportLegacy(view, owner).transferOut())) {
      assertThat(tensor.view()).isEqualTo(view);
    }

    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(owner.releases()).isEqualTo(2);
  }
}
