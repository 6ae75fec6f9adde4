package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.dlpack4j.importing.ForeignTable.column;
import static org.dlpack4j.table.Field.number;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables that are adopted, and how they end. */
class ImportedTableTest {

  private static final TableImporter IMPORTER = TableImporter.versioned();
  private static final Schema EDGES =
      Schema.of(number("src", DataType.INT64), number("dst", DataType.INT64));

  private final ForeignTable foreign = new ForeignTable();

  private MemorySegment[] edges() {
    return new MemorySegment[] {foreign.longs(1, 2, 3).pointer(), foreign.longs(2, 3, 4).pointer()};
  }

  @Test
  void isTheMemoryItselfAndNoCopy() {
    ForeignTensor src = foreign.longs(1, 2, 3);
    ForeignTensor dst = foreign.longs(2, 3, 4);
    try (ImportedTable table = IMPORTER.adopt(EDGES, src.pointer(), dst.pointer())) {
      ImportedTensor data = table.column("dst").data();
      assertThat(data.segment().address()).isEqualTo(dst.data().address());
      table.column("dst").elements().setAll(7, 8, 9);
      assertThat(dst.data().getAtIndex(ValueLayout.JAVA_LONG, 2)).isEqualTo(9);
      assertThat(table.column("src").elements().toLongArray()).containsExactly(1, 2, 3);
    }
    foreign.assertDeletedOnce();
  }

  @ParameterizedTest
  @EnumSource
  void describesItself(Flavour flavour) {
    ForeignTable other = new ForeignTable(flavour);
    TableImporter importer =
        flavour == Flavour.LEGACY ? TableImporter.legacy() : TableImporter.versioned();
    try (ImportedTable table =
        importer.adopt(EDGES, other.longs(1, 2).pointer(), other.longs(3, 4).pointer())) {
      assertThat(table.table().schema()).isEqualTo(EDGES);
      assertThat(table.rows()).isEqualTo(2);
      assertThat(table.columns()).extracting(ImportedColumn::name).containsExactly("src", "dst");
      assertThat(table.columns()).extracting(ImportedColumn::rows).containsExactly(2L, 2L);
      assertThat(table.column("src").data().isReadOnly()).isEqualTo(flavour == Flavour.LEGACY);
      assertThat(table)
          .hasToString(
              "imported table [imported column src of Numeric[], 2 rows, imported column dst of"
                  + " Numeric[], 2 rows], 2 rows, held");
    }
    other.assertDeletedOnce();
  }

  @Test
  void withoutASchemaHasNumbersOfAnyTypeUnderNumberedNames() {
    try (ImportedTable table =
        IMPORTER.adopt(foreign.longs(1, 2).pointer(), foreign.ints(3, 4).pointer())) {
      assertThat(table.table().schema())
          .isEqualTo(Schema.of(number("col_0", DataType.INT64), number("col_1", DataType.INT32)));
    }
  }

  @Test
  void namesTheColumnsThatThereAreIfAskedForAnother() {
    try (ImportedTable table = IMPORTER.adopt(EDGES, edges())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> table.column("weight"))
          .withMessage("imported table: expected a column among [src, dst] but found weight");
    }
  }

  @Test
  void mayHaveNoRows() {
    ForeignTensor empty = foreign.tensor(DataType.INT64, 0).data(0);
    ForeignTensor strange = foreign.tensor(DataType.INT64, 0).strides(-77);
    try (ImportedTable table = IMPORTER.adopt(EDGES, empty.pointer(), strange.pointer())) {
      assertThat(table.rows()).isZero();
      assertThat(table.column("dst").elements().toLongArray()).isEmpty();
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void mayHaveNoColumns() {
    try (ImportedTable table = IMPORTER.adopt(Schema.of())) {
      assertThat(table.rows()).isZero();
    }
    try (ImportedTable table = IMPORTER.expectingRows(5).adopt(Schema.of())) {
      assertThat(table.table()).isEqualTo(new Table(5, List.of()));
      assertThat(table.transferOut()).isEmpty();
    }
  }

  @Test
  void ofTextAndListsAndStructsIsMadeOfItsParts() {
    Schema schema =
        Schema.of(
            Field.text("name").orNull(),
            Field.list("tags", number("tag", DataType.INT64)),
            Field.struct(
                "at",
                Field.of(
                    "time",
                    new LogicalType.Timestamp(ChronoUnit.MICROS, Optional.of("UTC")),
                    DataType.INT64),
                new Field(
                    "pair",
                    new LogicalType.FixedListOf(2),
                    Optional.empty(),
                    false,
                    List.of(number("item", DataType.INT32)))),
            Field.of("hash", new LogicalType.FixedBinary(3), DataType.UINT8));
    ManagedColumn names =
        ManagedColumn.ofBytes(foreign.ints(0, 1, 1).pointer(), foreign.bytes('a', 'b').pointer())
            .withValidity(foreign.bytes(0b0100_0000, 0).pointer(), 6);
    ManagedColumn tags =
        ManagedColumn.ofLists(
            foreign.longs(0, 2, 3).pointer(), column(foreign.longs(10, 20, 30, 40)));
    ManagedColumn at =
        ManagedColumn.ofChildren(
            column(foreign.longs(1_000_000, 2_000_000)),
            ManagedColumn.ofChildren(column(foreign.ints(1, 2, 3, 4))));
    ManagedColumn hash = column(foreign.tensor(DataType.UINT8, 2, 3));

    try (ImportedTable table = IMPORTER.adopt(schema, List.of(names, tags, at, hash))) {
      assertThat(table.table().schema()).isEqualTo(schema);
      ImportedColumn name = table.column("name");
      assertThat(name.isNull(0)).isFalse();
      assertThat(name.isNull(1)).isTrue();
      assertThat(name.offsets().orElseThrow().elements().toIntArray()).containsExactly(0, 1, 1);
      ImportedColumn tag = table.column("tags").children().get(0);
      assertThat(tag.rows()).isEqualTo(4);
      assertThat(table.column("tags").isNull(1)).isFalse();
      ImportedColumn item = table.column("at").children().get(1).children().get(0);
      assertThat(item.elements().toIntArray()).containsExactly(1, 2, 3, 4);
      assertThatIllegalStateException()
          .isThrownBy(() -> table.column("tags").elements())
          .withMessage("column tags: expected data but found ListOf[]; look at its children");
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void ofAMatrixHasColumnsBetweenEachOther() {
    ForeignTensor matrix = foreign.longs(1, 10, 2, 20, 3, 30);
    long data = matrix.data().address();
    ForeignTensor first = foreign.tensor(DataType.INT64, 3).strides(2).data(data);
    ForeignTensor second = foreign.tensor(DataType.INT64, 3).strides(2).data(data).byteOffset(8);
    try (ImportedTable table = IMPORTER.adopt(EDGES, first.pointer(), second.pointer())) {
      assertThat(table.column("src").elements().toLongArray()).containsExactly(1, 2, 3);
      assertThat(table.column("dst").elements().toLongArray()).containsExactly(10, 20, 30);
    }
  }

  @Test
  void mayHaveColumnsThatLieInManyWays() {
    Schema schema =
        new Schema(IntStream.range(0, 5).mapToObj(i -> number("c" + i, DataType.INT64)).toList());
    ForeignTensor backwards = foreign.longs(3, 2, 1).strides(-1).byteOffset(16);
    ForeignTensor apart = foreign.longs(1, 0, 2, 0, 3).shape(3).strides(2);
    ForeignTensor readOnly = foreign.longs(1, 2, 3).flags(TensorFlags.READ_ONLY);
    try (ImportedTable table =
        IMPORTER.adopt(
            schema,
            foreign.longs(1, 2, 3).pointer(),
            backwards.pointer(),
            foreign.longs(1, 2, 3).withoutStrides().pointer(),
            apart.pointer(),
            readOnly.pointer())) {
      for (ImportedColumn column : table.columns()) {
        assertThat(column.elements().toLongArray()).containsExactly(1, 2, 3);
        assertThat(column.data().segment().byteSize())
            .isEqualTo(column.name().equals("c3") ? 40 : 24);
      }
      assertThat(table.columns())
          .extracting(column -> column.data().segment().isReadOnly())
          .containsExactly(false, false, false, false, true);
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void mayHaveManyMoreTensorsThanColumns() {
    int members = 100;
    Schema schema =
        Schema.of(
            Field.struct(
                "all",
                IntStream.range(0, members)
                    .mapToObj(i -> number("m" + i, DataType.INT64))
                    .toArray(Field[]::new)));
    ManagedColumn all =
        ManagedColumn.ofChildren(
            IntStream.range(0, members)
                .mapToObj(i -> column(foreign.longs(i)))
                .toArray(ManagedColumn[]::new));
    try (ImportedTable table = IMPORTER.adopt(schema, List.of(all))) {
      List<ImportedColumn> children = table.column("all").children();
      assertThat(children.get(77).elements().getLong(0)).isEqualTo(77);
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> children.remove(0));
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void onADeviceIsOnlyDescribed() {
    ForeignTensor onDevice = foreign.longs(1, 2, 3).device(Device.cuda(1));
    try (ImportedTable table =
        IMPORTER
            .with(ImportPolicy.DEFAULT.onlyDevices(Device.cuda(1)))
            .adopt(Schema.of(number("x", DataType.INT64)), onDevice.pointer())) {
      assertThat(table.table().column("x").data().dataAddress())
          .isEqualTo(onDevice.data().address());
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> table.column("x").data().segment());
    }
  }

  @Test
  void takesOtherTypesForTheSchemasWhereAskedTo() {
    Schema schema =
        Schema.of(Field.symbol("s"), number("u", DataType.UINT64), number("b", DataType.BOOL));
    TableImporter importer =
        IMPORTER
            .reinterpreting(Reinterpretation.SYMBOL_IDS, "s")
            .reinterpreting(Reinterpretation.SIGNEDNESS, "u")
            .reinterpreting(Reinterpretation.BYTES_AS_BOOL, "b", "u");
    try (ImportedTable table =
        importer.adopt(
            schema,
            foreign.ints(1, -1).pointer(),
            foreign.longs(-1, 2).pointer(),
            foreign.bytes(0, 7).pointer())) {
      assertThat(table.table().schema()).isEqualTo(schema);
      assertThat(table.column("s").elements().getLong(1)).isEqualTo(0xFFFFFFFFL);
      assertThat(table.column("b").elements().toBooleanArray()).containsExactly(false, true);
    }
  }

  @Test
  void ofBitsThatDlpackHasNoTypeForIsTakenForWhatItIs() {
    DataType decimal128 = new DataType(DataType.Code.INT, 128, 1);
    Schema schema = Schema.of(Field.of("d", new LogicalType.Decimal(38, 2), decimal128));
    ForeignTensor asPairs = foreign.tensor(new DataType(DataType.Code.INT, 64, 2), 3);
    try (ImportedTable table =
        IMPORTER.reinterpreting(Reinterpretation.BITS, "d").adopt(schema, asPairs.pointer())) {
      assertThat(table.table().schema()).isEqualTo(schema);
    }
  }

  @Test
  void isConfinedToTheThreadThatAdoptedIt() throws InterruptedException {
    try (ImportedTable table = IMPORTER.adopt(EDGES, edges())) {
      for (Runnable use :
          List.<Runnable>of(
              table::close,
              table::intoOwner,
              table::transferOut,
              () -> table.column("src").elements().getLong(0))) {
        assertThat(thrownElsewhere(use)).isInstanceOf(WrongThreadException.class);
      }
      foreign.assertUntouched();
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void isForAllThreadsIfItIsShared() throws InterruptedException {
    ImportedTable table = IMPORTER.shared().adopt(EDGES, edges());
    assertThat(thrownElsewhere(() -> table.column("src").elements().getLong(0))).isNull();
    assertThat(thrownElsewhere(table::close)).isNull();
    table.close();
    foreign.assertDeletedOnce();
  }

  private static @Nullable Throwable thrownElsewhere(Runnable use) throws InterruptedException {
    FutureTask<Void> task = new FutureTask<>(use, null);
    Thread.ofPlatform().start(task).join();
    try {
      task.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  @Test
  void livesAsLongAsTheArenaThatAdoptedIt() {
    ImportedTable table;
    try (Arena arena = Arena.ofConfined()) {
      table = IMPORTER.into(arena).adopt(EDGES, edges());
      for (Runnable end : List.<Runnable>of(table::close, table::intoOwner, table::transferOut)) {
        assertThatExceptionOfType(UnsupportedOperationException.class)
            .isThrownBy(end::run)
            .withMessageContaining("lives as long as the arena");
      }
      foreign.assertUntouched();
    }
    foreign.assertDeletedOnce();
    assertThatIllegalStateException().isThrownBy(() -> table.column("src").elements());
  }

  @Test
  void isNotAdoptedByAClosedArena() {
    Arena arena = Arena.ofShared();
    arena.close();
    MemorySegment[] edges = edges();
    assertThatIllegalStateException().isThrownBy(() -> IMPORTER.into(arena).adopt(EDGES, edges));
    assertThatIllegalStateException().isThrownBy(() -> IMPORTER.into(arena).adopt(Schema.of()));
    foreign.assertUntouched();
    assertThatIllegalStateException()
        .isThrownBy(() -> IMPORTER.into(arena).adoptOrDiscard(EDGES, edges));
    foreign.assertDeletedOnce();
  }

  @Test
  void throwsFromEverythingAfterItsEnd() {
    ImportedTable table = IMPORTER.adopt(EDGES, edges());
    MemorySegment before = table.column("src").data().segment();
    table.close();
    table.close();
    foreign.assertDeletedOnce();
    assertThatIllegalStateException().isThrownBy(() -> before.get(ValueLayout.JAVA_LONG, 0));
    assertThatIllegalStateException().isThrownBy(() -> table.column("src").elements());
    assertThatIllegalStateException().isThrownBy(table::table);
    assertThatIllegalStateException()
        .isThrownBy(table::transferOut)
        .withMessage("imported table: expected it to be held but found it closed");
    assertThatIllegalStateException().isThrownBy(table::intoOwner);
    assertThat(table.toString()).endsWith(", closed");
  }

  @Test
  void passesOnAsItCame() {
    ManagedColumn names =
        ManagedColumn.ofBytes(foreign.ints(0, 1).pointer(), foreign.bytes('a').pointer())
            .withValidity(foreign.bytes(1).pointer(), 0);
    Schema schema = Schema.of(Field.text("name").orNull());
    try (ImportedTable table = IMPORTER.adopt(schema, List.of(names))) {
      assertThat(table.transferOut()).containsExactly(names);
      assertThat(table.toString()).contains("transferred out");
    }
    foreign.assertUntouched();
  }

  @Test
  void asAnOwnerDeletesAllWhenItIsReleased() {
    Owner owner;
    try (ImportedTable table = IMPORTER.adopt(EDGES, edges())) {
      owner = table.intoOwner();
    }
    foreign.assertUntouched();
    assertThat(owner.mode()).isEqualTo(Owner.Release.BLOCKING);
    assertThat(owner).hasToString("owner of a foreign table of 2 tensors");
    owner.beginExport();
    assertThatIllegalStateException().isThrownBy(owner::beginExport);
    owner.release();
    foreign.assertDeletedOnce();
    assertThatIllegalStateException().isThrownBy(owner::release);
    foreign.assertDeletedOnce();
  }

  @Test
  void mayShareMemoryAmongColumnsThatNobodyWrites() {
    ForeignTensor data = foreign.longs(1, 2, 3).flags(TensorFlags.READ_ONLY);
    ForeignTensor same =
        foreign.tensor(DataType.INT64, 3).data(data.data().address()).flags(TensorFlags.READ_ONLY);
    IMPORTER.adopt(EDGES, data.pointer(), same.pointer()).close();
    foreign.assertDeletedOnce();
  }
}
