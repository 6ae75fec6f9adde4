package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.stream.Stream;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exports that are taken back as the owner of their memory. */
@WithExports
class ExportOwnerTest {

  private static final Duration PATIENCE = Duration.ofSeconds(CountingOwner.SECONDS);

  private final CountingOwner owner = CountingOwner.blocking();

  private static TensorView view(TensorLayout layout) {
    return new TensorView(0x1000, DataType.FLOAT32, Device.CPU, layout, false, false);
  }

  static Stream<TensorView> views() {
    TensorLayout matrix = TensorLayout.contiguous(3, 4);
    return Stream.of(
        view(TensorLayout.contiguous()),
        view(TensorLayout.contiguous(7)),
        view(matrix),
        view(matrix.transpose()),
        view(matrix.slice(0, 2, 0, -1)),
        view(TensorLayout.contiguous(1, 2, 1, 2, 1, 2, 1, 2, 1, 2)),
        view(TensorLayout.contiguous(0, 3)),
        view(matrix).asReadOnly(),
        new TensorView(0x1000, DataType.INT4, Device.CPU, TensorLayout.contiguous(3), false, true),
        new TensorView(0x1000, DataType.BFLOAT16, Device.cuda(3), matrix, false, false));
  }

  @ParameterizedTest
  @MethodSource("views")
  void aTensorTellsWhatWasExported(TensorView view) throws InterruptedException {
    ExportedTensor exported = TensorExporter.export(view, owner);
    TensorView told = exported.view();
    assertThat(told.dataAddress()).isEqualTo(view.dataAddress());
    assertThat(told.dataType()).isEqualTo(view.dataType());
    assertThat(told.device()).isEqualTo(view.device());
    assertThat(told.layout().shape()).isEqualTo(view.layout().shape());
    if (!view.layout().isEmpty()) {
      assertThat(told.layout().strides()).isEqualTo(view.layout().strides());
    }
    assertThat(told.readOnly()).isEqualTo(view.readOnly());
    assertThat(told.padded()).isEqualTo(view.padded());
    exported.close();
    assertThatThrownBy(exported::view)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("expected it to be held but found it closed");
    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
  }

  @Test
  void aLegacyTensorTellsWhatWasExported() {
    try (ExportedTensor exported =
        TensorExporter.exportLegacy(view(TensorLayout.contiguous(2, 3)), owner)) {
      assertThat(exported.view()).isEqualTo(view(TensorLayout.contiguous(2, 3)));
    }
  }

  @Test
  void aTensorTakenBackIsReleasedWithItsOwner() throws InterruptedException {
    ExportedTensor exported = TensorExporter.export(view(TensorLayout.contiguous(7)), owner);
    Owner taken = exported.intoOwner();
    exported.close();
    assertThatThrownBy(exported::transferOut).hasMessageContaining("transferred out");
    assertThat(owner.releases()).isZero();
    assertThat(taken.mode()).isEqualTo(Owner.Release.NON_BLOCKING);
    taken.release();
    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(owner.releases()).isEqualTo(1);
    assertThatThrownBy(taken::release).hasMessageContaining("found it released");
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void aTableTakenBackIsReleasedWithItsOwner() throws InterruptedException {
    Table table =
        Table.of(
            Column.of("a", view(TensorLayout.contiguous(7))),
            Column.of("b", view(TensorLayout.contiguous(7))));
    ExportedTable exported = TableExporter.export(table, owner);
    Owner taken = exported.intoOwner();
    assertThatThrownBy(exported::intoOwner).hasMessageContaining("transferred out");
    assertThat(owner.releases()).isZero();
    taken.release();
    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void whatIsTakenBackCanBeExportedAgainOnce() throws InterruptedException {
    TensorView view = view(TensorLayout.contiguous(7));
    Owner taken = TensorExporter.export(view, owner).intoOwner();
    ExportedTensor again = TensorExporter.export(view, taken);
    assertThatThrownBy(() -> TensorExporter.export(view, taken))
        .hasMessageContaining("exported already");
    again.close();
    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void readOnlyMemoryStaysReadOnly() {
    try (Arena arena = Arena.ofShared()) {
      TensorView view = TensorView.of(arena.allocate(8).asReadOnly(), DataType.INT8, 8);
      Owner taken = TensorExporter.export(view, CountingOwner.blocking()).intoOwner();
      assertThat(taken.isReadOnly()).isTrue();
      taken.release();
    }
  }
}
