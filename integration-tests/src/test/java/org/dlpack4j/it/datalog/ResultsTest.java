package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import org.dlpack4j.DataType;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.importing.ImportedColumn;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.it.RudeConsumer;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Schema;
import org.junit.jupiter.api.Test;

/** Results as exported tables: where they lie, and for how long. */
class ResultsTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final TableImporter IMPORTER = TableImporter.versioned();
  private static final Schema PAIRS =
      Schema.of(Field.symbol("name"), Field.number("x", DataType.INT64));

  private static final Program SQUARES =
      Program.parse(
          """
          relation n(x: number).
          relation square(x: number, y: number).
          square(x, y) :- n(x), n(y).
          """);

  private static GrowingRows pairs(int count) {
    GrowingRows rows = new GrowingRows(PAIRS);
    for (int i = 0; i < count; i++) {
      rows.append(0xFFFF_FFFFL - i, Long.MIN_VALUE + i);
    }
    return rows;
  }

  private static ImportedTable imported(ExportedTable exported) {
    return IMPORTER.adopt(PAIRS, exported.transferOut());
  }

  @Test
  void areTheEnginesOwnMemoryNotToBeWritten() {
    try (GrowingRows rows = pairs(1000);
        ImportedTable table = imported(rows.export())) {
      for (int i = 0; i < 2; i++) {
        ImportedColumn column = table.columns().get(i);
        assertThat(column.data().view().dataAddress())
            .isEqualTo(rows.columns[i].segment().address());
        assertThat(column.data().isReadOnly()).isTrue();
      }
      assertThat(table.rows()).isEqualTo(1000);
      assertThat(table.column("name").elements().getLong(999)).isEqualTo(0xFFFF_FFFFL - 999);
      assertThat(table.column("x").elements().getLong(999)).isEqualTo(Long.MIN_VALUE + 999);
    }
  }

  @Test
  void stayUntilTheEngineAndTheLastOfAllConsumersAreDone() throws InterruptedException {
    GrowingRows rows = pairs(3);
    SharedOwner owner = rows.owner();
    MemorySegment memory = rows.columns[0].segment();
    long[] first = rows.export().transferOutAddresses();
    ImportedTable second = imported(rows.export());
    rows.export().close();
    rows.close();
    RudeConsumer.deleteEachOnOwnThread(first, Flavour.VERSIONED);
    Exports.releasePending();

    assertThat(memory.scope().isAlive()).isTrue();
    assertThat(second.column("x").elements().getLong(2)).isEqualTo(Long.MIN_VALUE + 2);
    second.close();
    assertThat(Exports.awaitReleased(owner, SOON)).isTrue();
    assertThat(memory.scope().isAlive()).isFalse();
  }

  @Test
  void growNoMoreOnceTheyAreExported() {
    try (GrowingRows rows = pairs(3);
        ExportedTable exported = rows.export()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> rows.append(1, 2))
          .withMessage("rows: expected them to grow no more once exported");
      assertThat(exported.table().rows()).isEqualTo(3);
    }
  }

  @Test
  void mayBeNone() {
    try (GrowingRows rows = pairs(0);
        ImportedTable table = imported(rows.export())) {
      assertThat(table.rows()).isZero();
      assertThat(table.column("x").elements().toLongArray()).isEmpty();
    }
  }

  @Test
  void areTheFactsOfAnotherProgramWithoutACopy() {
    Program next =
        Program.parse(
            """
            relation square(x: number, y: number).
            relation sum(x: number, total: number).
            sum(x, sum(y)) :- square(x, y).
            """);
    ForeignFacts foreign = new ForeignFacts();
    MemorySegment[] numbers = foreign.table(SQUARES.schema("n"), new long[][] {{5}, {7}, {-1}});
    try (ImportedTable n = IMPORTER.adopt(SQUARES.schema("n"), numbers);
        Database first = SQUARES.evaluate(Map.of("n", n));
        ImportedTable squares =
            IMPORTER.adopt(next.schema("square"), first.export("square").transferOut());
        Database second = next.evaluate(Map.of("square", squares));
        ImportedTable sums =
            IMPORTER.adopt(next.schema("sum"), second.export("sum").transferOut())) {
      assertThat(sums.column("total").elements().toLongArray()).containsExactly(11, 11, 11);
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void areNotFactsWhichTheirOwnTableIsFor() {
    ForeignFacts foreign = new ForeignFacts();
    MemorySegment[] numbers = foreign.table(SQUARES.schema("n"), new long[][] {{5}});
    try (ImportedTable n = IMPORTER.adopt(SQUARES.schema("n"), numbers);
        Database database = SQUARES.evaluate(Map.of("n", n))) {
      assertThatIllegalStateException()
          .isThrownBy(() -> database.export("n"))
          .withMessage(
              "relation n: expected a derived one but found facts; export their own table");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> database.export("m"))
          .withMessage("database: expected one of the relations [n, square] but found m");
    }
  }
}
