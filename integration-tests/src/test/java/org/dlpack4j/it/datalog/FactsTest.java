package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.dlpack4j.DataType;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.RefusedTableException;
import org.dlpack4j.importing.Reinterpretation;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TableViolation;
import org.junit.jupiter.api.Test;

/** Foreign tables as facts: which are accepted, and that they are read where they lie. */
class FactsTest {

  private static final TableImporter IMPORTER = TableImporter.versioned();

  private static final Program PATHS =
      Program.parse(
          """
          relation edge(src: number, dst: number).
          relation tc(src: number, dst: number).
          tc(x, y) :- edge(x, y).
          tc(x, z) :- tc(x, y), edge(y, z).
          """);

  private static final Program CALLS =
      Program.parse(
          """
          relation call(caller: symbol, callee: symbol).
          relation calls(caller: symbol, callee: symbol).
          calls(x, y) :- call(x, y).
          calls(x, z) :- calls(x, y), call(y, z).
          """);

  private final ForeignFacts foreign = new ForeignFacts();

  private RefusedTableException refusal(Program program, String input, MemorySegment... columns) {
    RefusedTableException refused =
        catchThrowableOfType(
            RefusedTableException.class, () -> IMPORTER.adopt(program.schema(input), columns));
    foreign.assertUntouched();
    foreign.delete();
    return refused;
  }

  @Test
  void columnsOfAnotherTypeAreRefusedAllOfThemAtOnce() {
    RefusedTableException refused =
        refusal(
            PATHS,
            "edge",
            foreign.column(DataType.INT32, 1, 2),
            foreign.column(DataType.UINT64, 2, 3));
    assertThat(refused.violations())
        .extracting(TableViolation::code, TableViolation::column)
        .containsExactly(
            tuple(TableViolation.Code.DATA_TYPE, "src"),
            tuple(TableViolation.Code.DATA_TYPE, "dst"));
    assertThat(refused)
        .hasMessageContaining("column src, data: expected int64")
        .hasMessageContaining("but found int32; column dst, data: expected int64")
        .hasMessageEndingWith(
            "but found uint64. All tensors are still the caller's, to delete or discard");
  }

  @Test
  void columnsOfUnequalLengthAreRefused() {
    RefusedTableException refused =
        refusal(
            PATHS,
            "edge",
            foreign.column(DataType.INT64, 1, 2),
            foreign.column(DataType.INT64, 2, 3, 4));
    assertThat(refused.violations())
        .extracting(TableViolation::code)
        .containsExactly(TableViolation.Code.LENGTH);
  }

  @Test
  void tooFewColumnsAreRefused() {
    RefusedTableException refused = refusal(PATHS, "edge", foreign.column(DataType.INT64, 1, 2));
    assertThat(refused.violations())
        .extracting(TableViolation::code)
        .containsExactly(TableViolation.Code.COLUMN_COUNT);
  }

  @Test
  void symbolsAreUnsignedIdsUnlessOthersAreAskedFor() {
    long[] callers = {0x8000_0000L, 7};
    long[] callees = {7, 0xFFFF_FFFFL};
    assertThat(
            refusal(
                CALLS,
                "call",
                foreign.column(DataType.INT32, callers),
                foreign.column(DataType.UINT32, callees)))
        .hasMessageStartingWith("column caller, data: expected uint32")
        .hasMessageContaining("but found int32");

    ForeignFacts others = new ForeignFacts();
    TableImporter importer =
        IMPORTER.reinterpreting(Reinterpretation.SYMBOL_IDS, "caller", "callee");
    try (ImportedTable table =
            importer.adopt(
                CALLS.schema("call"),
                others.column(DataType.INT32, callers),
                others.column(DataType.UINT32, callees));
        Database database = CALLS.evaluate(Map.of("call", table));
        ImportedTable calls =
            IMPORTER.adopt(CALLS.schema("calls"), database.export("calls").transferOut())) {
      assertThat(Session.rows(calls))
          .containsExactlyInAnyOrder(
              List.of(0x8000_0000L, 7L),
              List.of(7L, 0xFFFF_FFFFL),
              List.of(0x8000_0000L, 0xFFFF_FFFFL));
    }
    others.assertDeletedOnce();
  }

  @Test
  void symbolsOf64BitsAreRefusedEvenIfOthersAreAskedFor() {
    TableImporter importer =
        IMPORTER.reinterpreting(Reinterpretation.SYMBOL_IDS, "caller", "callee");
    MemorySegment[] columns = {
      foreign.column(DataType.INT64, 1), foreign.column(DataType.UINT32, 2)
    };
    assertThatExceptionOfType(RefusedTableException.class)
        .isThrownBy(() -> importer.adopt(CALLS.schema("call"), columns))
        .withMessageStartingWith("column caller, data: expected uint32")
        .withMessageContaining("but found int64");
    foreign.delete();
  }

  @Test
  void foreignMemoryIsReadWhereItLies() {
    long[][] edges = {{1, 2}, {2, 3}, {1, 2}};
    MemorySegment[] columns = foreign.table(PATHS.schema("edge"), edges);
    ImportedTable table = IMPORTER.adopt(PATHS.schema("edge"), columns);
    try (Database database = PATHS.evaluate(Map.of("edge", table))) {
      TensorElements dst = Rows.of(table).columns[1];
      assertThat(dst.segment().address() + dst.firstElementOffset())
          .isEqualTo(table.column("dst").data().view().dataAddress());
      assertThat(database.relation("edge").get(1, 1)).isEqualTo(3);
      assertThat(database.relation("edge").size()).isEqualTo(2);
      table.column("dst").elements().setLong(4, 1);
      assertThat(database.relation("edge").get(1, 1)).isEqualTo(4);

      table.close();
      foreign.assertDeletedOnce();
      assertThatIllegalStateException().isThrownBy(() -> database.relation("edge").get(1, 1));
      assertThat(database.relation("tc").get(0, 1)).isEqualTo(2);
    }
  }

  @Test
  void columnsOfAMatrixAreAcceptedUnlessThePolicyForbidsGaps() {
    MemorySegment[] columns = foreign.matrix(2, 1, 2, 2, 3, 3, 4);
    TableImporter dense = IMPORTER.with(ImportPolicy.DEFAULT.requireContiguous());
    assertThatExceptionOfType(RefusedTableException.class)
        .isThrownBy(() -> dense.adopt(PATHS.schema("edge"), columns));
    foreign.assertUntouched();
    try (ImportedTable table = IMPORTER.adopt(PATHS.schema("edge"), columns);
        Database database = PATHS.evaluate(Map.of("edge", table))) {
      assertThat(database.relation("tc").size()).isEqualTo(6);
      assertThat(database.relation("edge").get(2, 0)).isEqualTo(3);
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void tablesOfAnotherSchemaOrOfNoRelationAreRefused() {
    try (ImportedTable table =
        IMPORTER.adopt(foreign.column(DataType.INT64, 1), foreign.column(DataType.INT64, 2))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PATHS.evaluate(Map.of("edge", table)))
          .withMessage(
              "facts of edge: expected (src int64, dst int64) but found (col_0 int64, col_1"
                  + " int64)");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PATHS.evaluate(Map.of("tc", table)))
          .withMessage("facts: expected tables for [edge] but found some for [tc]");
      foreign.assertUntouched();
    }
    foreign.assertDeletedOnce();
  }

  @Test
  void onlyTablesForAllThreadsAreReadOnAnother() throws InterruptedException, ExecutionException {
    long[][] edges = {{1, 2}, {2, 3}};
    try (ImportedTable confined =
            IMPORTER.adopt(PATHS.schema("edge"), foreign.table(PATHS.schema("edge"), edges));
        ImportedTable shared =
            IMPORTER
                .shared()
                .adopt(PATHS.schema("edge"), foreign.table(PATHS.schema("edge"), edges))) {
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> pathsElsewhere(confined))
          .withCauseInstanceOf(WrongThreadException.class);
      assertThat(pathsElsewhere(shared)).isEqualTo(3);
    }
    foreign.assertDeletedOnce();
  }

  private static int pathsElsewhere(ImportedTable table)
      throws InterruptedException, ExecutionException {
    FutureTask<Integer> task =
        new FutureTask<>(
            () -> {
              try (Database database = PATHS.evaluate(Map.of("edge", table))) {
                return database.relation("tc").size();
              }
            });
    Thread.ofPlatform().start(task);
    return task.get();
  }
}
