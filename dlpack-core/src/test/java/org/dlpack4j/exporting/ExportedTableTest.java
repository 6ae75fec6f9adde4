package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Table;
import org.dlpack4j.table.Validity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that go out column by column over one owner. */
@WithExports
class ExportedTableTest {

  private static final MemorySegment MEMORY = Arena.global().allocate(1024, 64);

  private static Column numbers(String name, int at) {
    return Column.of(name, TensorView.of(MEMORY.asSlice(at), DataType.INT64, 3));
  }

  private static Table table(int columns) {
    return new Table(
        3, IntStream.range(0, columns).mapToObj(i -> numbers("c" + i, i % 8 * 24)).toList());
  }

  private static void delete(long managed, Flavour flavour) {
    Consumer.at(flavour, managed).delete();
  }

  /** More than a slab has, so that blocks come from several. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 31, 32, 200})
  void releasesTheOwnerAfterItsLastTensor(int columns) throws InterruptedException {
    CountingOwner owner = CountingOwner.nonBlocking();
    long[] managed = TableExporter.export(table(columns), owner).transferOutAddresses();
    assertThat(managed).hasSize(columns).doesNotHaveDuplicates();

    for (int i = columns - 1; i > 0; i--) {
      delete(managed[i], Flavour.VERSIONED);
    }
    Exports.releasePending();
    assertThat(owner.releases()).isZero();
    delete(managed[0], Flavour.VERSIONED);
    GlobalExports.awaitReleased(owner);
    assertThat(owner.releases()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void isReleasedByClosingIt(Flavour flavour) throws InterruptedException {
    CountingOwner owner = CountingOwner.blocking();
    ExportedTable exported =
        flavour == Flavour.VERSIONED
            ? TableExporter.export(table(3), owner)
            : TableExporter.exportLegacy(table(3), owner);
    exported.close();
    exported.close();
    GlobalExports.awaitReleased(owner);
    assertThat(owner.releases()).isEqualTo(1);
    assertThatIllegalStateException()
        .isThrownBy(exported::transferOut)
        .withMessage("exported table: expected it to be held but found it closed");
    assertThat(exported.toString())
        .isEqualTo("exported table (c0 int64, c1 int64, c2 int64), 3 rows, closed");
  }

  @Test
  void isGivenAwayOnce() {
    ExportedTable exported = TableExporter.export(table(2), CountingOwner.nonBlocking());
    List<ManagedColumn> columns = exported.transferOut();
    assertThatIllegalStateException()
        .isThrownBy(exported::transferOutAddresses)
        .withMessage(
            "exported table: expected it to be held but found it transferred out; the consumers"
                + " own it");
    exported.close();
    for (ManagedColumn column : columns) {
      delete(column.data().address(), Flavour.VERSIONED);
    }
  }

  @Test
  void comesBackAsItWas() throws InterruptedException {
    MemorySegment memory = Arena.global().allocate(256, 64);
    memory.setAtIndex(ValueLayout.JAVA_INT, 1, 1);
    memory.setAtIndex(ValueLayout.JAVA_INT, 2, 3);
    TensorView offsets = TensorView.of(memory, DataType.INT32, 3);
    TensorView bytes = TensorView.of(memory.asSlice(64), DataType.UINT8, 3);
    TensorView bits = TensorView.of(memory.asSlice(128), DataType.UINT8, 1);
    TensorView pairs = TensorView.of(memory.asSlice(192), DataType.FLOAT32, 4);
    Table table =
        Table.of(
            Column.ofBytes("text", new LogicalType.Text(), offsets, bytes)
                .withValidity(new Validity(bits, 5)),
            Column.ofLists("list", offsets, numbers("item", 0)),
            Column.ofStructs(
                "struct", 2, List.of(Column.ofFixedLists("pair", 2, 2, Column.of("x", pairs)))));
    CountingOwner owner = CountingOwner.nonBlocking();

    ExportedTable exported = TableExporter.export(table, owner);
    try (ImportedTable imported =
        TableImporter.versioned().adopt(table.schema(), readOnlyShared(exported))) {
      assertThat(imported.table().schema()).isEqualTo(table.schema());
      assertThat(imported.column("text").column().validity().orElseThrow().skip()).isEqualTo(5);
      assertThat(imported.column("list").offsets().orElseThrow().elements().toIntArray())
          .containsExactly(0, 1, 3);
      Exports.releasePending();
      assertThat(owner.releases()).isZero();
    }
    GlobalExports.awaitReleased(owner);
    assertThat(owner.releases()).isEqualTo(1);
  }

  /** The offsets are two columns', which an importer accepts if nobody may write them. */
  private static List<ManagedColumn> readOnlyShared(ExportedTable exported) {
    List<ManagedColumn> columns = exported.transferOut();
    for (ManagedColumn column : columns) {
      if (column.offsets().address() != 0) {
        long flags = column.offsets().address() + DlpackAbi.FLAGS;
        ALL.set(ValueLayout.JAVA_LONG, flags, TensorFlags.READ_ONLY);
      }
    }
    return columns;
  }

  @Test
  void releasesEachOfTwoTablesWhoseTensorsLieBesideEachOther() throws InterruptedException {
    CountingOwner first = CountingOwner.nonBlocking();
    CountingOwner second = CountingOwner.nonBlocking();
    long[] ones = TableExporter.export(table(5), first).transferOutAddresses();
    long[] twos = TableExporter.export(table(5), second).transferOutAddresses();
    for (int i = 0; i < 4; i++) {
      delete(ones[i], Flavour.VERSIONED);
      delete(twos[4 - i], Flavour.VERSIONED);
    }
    Exports.releasePending();
    assertThat(first.releases() + second.releases()).isZero();
    delete(twos[0], Flavour.VERSIONED);
    GlobalExports.awaitReleased(second);
    assertThat(first.releases()).isZero();
    delete(ones[4], Flavour.VERSIONED);
    GlobalExports.awaitReleased(first);
    assertThat(first.releases() + second.releases()).isEqualTo(2);
  }

  @Test
  void addsOneReferenceToASharedOwner() throws InterruptedException {
    CountingOwner owner = CountingOwner.nonBlocking();
    try (SharedOwner shared = owner.shared()) {
      ExportedTable first = TableExporter.export(table(5), shared);
      ExportedTable second = TableExporter.export(table(2), shared);
      assertThat(shared.referenceCount()).isEqualTo(3);
      first.close();
      second.close();
    }
    assertThat(owner.released().await(CountingOwner.SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void addsOneReferenceToASharedOwnerForConsumersFromBefore() throws InterruptedException {
    CountingOwner owner = CountingOwner.nonBlocking();
    Table table = table(2);
    try (SharedOwner shared = owner.shared();
        ExportedTable exported = TableExporter.exportLegacy(table, shared)) {
      assertThat(shared.referenceCount()).isEqualTo(2);
      assertThat(exported.table()).isSameAs(table);
    }
    assertThat(owner.released().await(CountingOwner.SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void withoutTensorsReleasesItsOwnerAtOnce() {
    CountingOwner owner = CountingOwner.blocking();
    try (ExportedTable exported = TableExporter.export(new Table(7, List.of()), owner)) {
      assertThat(owner.releases()).isEqualTo(1);
      assertThat(exported.transferOut()).isEmpty();
    }
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void doesNotSayThatOneOfSeveralTensorsIsACopyOfItsOwn() {
    Owner fresh =
        new Owner() {
          @Override
          public void release() {}

          @Override
          public boolean isFreshCopy() {
            return true;
          }
        };
    assertThat(flags(TableExporter.export(table(1), fresh))).containsExactly(TensorFlags.IS_COPIED);
    assertThat(flags(TableExporter.export(table(2), fresh))).containsExactly(0, 0);
  }

  private static long[] flags(ExportedTable exported) {
    long[] managed = exported.transferOutAddresses();
    long[] flags =
        Arrays.stream(managed)
            .map(block -> ALL.get(ValueLayout.JAVA_LONG, block + DlpackAbi.FLAGS))
            .toArray();
    Arrays.stream(managed).forEach(block -> delete(block, Flavour.VERSIONED));
    return flags;
  }

  @Test
  void leavesTheOwnerAloneIfOneTensorCannotBeExported() {
    CountingOwner owner = CountingOwner.nonBlocking();
    TensorView odd = TensorView.of(MEMORY.asSlice(4), DataType.INT64, 3);
    Table misaligned = Table.of(numbers("x", 0), Column.of("y", odd));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableExporter.export(misaligned, owner))
        .withMessageContaining("expected an address aligned to 8 bytes");
    Table readOnly = Table.of(numbers("x", 0), Column.of("y", numbers("y", 0).data().asReadOnly()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableExporter.exportLegacy(readOnly, owner))
        .withMessageContaining("DLManagedTensor cannot say read-only");
    try (SharedOwner shared = owner.shared()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TableExporter.exportLegacy(readOnly, shared));
      assertThat(shared.referenceCount()).isEqualTo(1);
      assertThat(owner.releases()).isZero();
    }
  }

  @Test
  void leavesTheBlocksAloneIfTheOwnerIsTaken() throws InterruptedException {
    Arena arena = Arena.ofShared();
    Owner owner = Owner.closing(arena);
    ExportedTable first = TableExporter.export(table(1), owner);
    assertThatIllegalStateException()
        .isThrownBy(() -> TableExporter.export(table(40), owner))
        .withMessageContaining("export several tensors over owner.shared()");
    first.close();
    GlobalExports.awaitReleased(owner);
    assertThat(arena.scope().isAlive()).isFalse();
  }

  @Test
  void sharesMemoryWithItsParts() {
    Table table = table(3).select("c2", "c0").rename("c0", "first").slice(1, 2);
    assertThat(TableExporter.views(table))
        .extracting(TensorView::dataAddress)
        .containsExactly(MEMORY.address() + 56, MEMORY.address() + 8);
    assertThat(table.schema().fields()).extracting(Field::name).containsExactly("c2", "first");
  }

  @Test
  void claimsWholeSlabsAtOnce() {
    Blocks blocks = new Blocks(100, Lane.NON_BLOCKING);
    blocks.claim();
    List<Long> claimed = new ArrayList<>(Arrays.stream(blocks.addresses).boxed().toList());
    assertThat(claimed).doesNotHaveDuplicates().allMatch(block -> block % Block.BYTES == 0);
    assertThat(claimed).allMatch(block -> SlabHeader.isIn(Lane.NON_BLOCKING, block));
    blocks.unclaim();
    assertThat(claimed)
        .allMatch(
            block ->
                (SlabHeader.deleted(SlabHeader.state(SlabHeader.slabOf(block)))
                        & 1L << SlabHeader.slotOf(block))
                    == 0);
  }
}
