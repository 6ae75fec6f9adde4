package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.WithExports;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;

/**
 * Any tensors as a table under any schema. All or none is adopted, as the model says and for its
 * reasons; every element is read from where the model says; every deleter is called once.
 */
@WithExports
class TableFuzzTest {

  private static final Duration PATIENCE = Duration.ofSeconds(CountingOwner.SECONDS);

  /** Takes all that another importer took, in the order that it had. */
  private static final TableImporter ANYTHING =
      TableImporter.versioned()
          .with(
              ImportPolicy.DEFAULT
                  .anyDevice()
                  .anyDataType()
                  .allowLanes()
                  .allowUnaligned()
                  .onlyFlags(-1));

  @FuzzTest(maxDuration = "") // as long as the caller wants
  void adoptsAllOrNothingAsTheModelDoes(FuzzedDataProvider data) throws InterruptedException {
    FuzzedTensor.reset(FuzzedTensor.MOST);
    FuzzedTable fuzzed = new FuzzedTable(data);
    TableModel model = new TableModel(fuzzed.options(), fuzzed.schema, fuzzed.columns);
    boolean orDiscard = fuzzed.isDeletable() && data.consumeBoolean();
    boolean byArena = !orDiscard && fuzzed.isDeletable() && data.consumeByte() > 110;
    int end = data.consumeByte();

    try (Arena arena = Arena.ofConfined()) {
      TableImporter importer = fuzzed.options().importer();
      ImportedTable table;
      try {
        table = adopt(fuzzed, byArena ? importer.into(arena) : importer, orDiscard);
      } catch (RefusedTableException e) {
        assertReasons(model, e);
        assertRefused(fuzzed, e, orDiscard);
        return;
      }
      assertReasons(model, null);
      assertThat(fuzzed.wrongDeletions(false)).isEmpty();
      assertThat(BigInteger.valueOf(table.rows())).isEqualTo(model.rows);
      FuzzedTableReader.read(table, model);
      if (!byArena) {
        end(fuzzed, table, fuzzed.isDeletable() ? end : 120);
      }
    }
    assertThat(fuzzed.wrongDeletions(fuzzed.isDeletable() && (byArena || end < 120))).isEmpty();
  }

  private static ImportedTable adopt(
      FuzzedTable fuzzed, TableImporter importer, boolean orDiscard) {
    Schema schema = fuzzed.schema;
    List<ManagedColumn> columns = fuzzed.columns;
    if (schema == null) {
      return importer.adopt(
          columns.stream().map(ManagedColumn::data).toArray(MemorySegment[]::new));
    }
    return orDiscard ? importer.adoptOrDiscard(schema, columns) : importer.adopt(schema, columns);
  }

  private static void assertReasons(TableModel model, @Nullable RefusedTableException refused) {
    List<TableViolation> violations = refused == null ? List.of() : refused.violations();
    Set<String> found =
        violations.stream()
            .filter(violation -> violation.code() != Code.ALIASING)
            .map(violation -> violation.code() + " " + violation.column() + " " + violation.part())
            .collect(Collectors.toCollection(TreeSet::new));
    found.removeAll(model.open);
    Set<String> expected = new TreeSet<>(model.wrong);
    expected.removeAll(model.open);
    if (!found.equals(expected)) {
      throw new AssertionError(
          "the model says " + expected + " of " + model.nodes + " but found " + violations);
    }
    boolean overlap = violations.stream().anyMatch(violation -> violation.code() == Code.ALIASING);
    if (overlap ? !model.mayOverlap() : model.mustOverlap()) {
      throw new AssertionError("the model says otherwise of " + model.nodes + ": " + violations);
    }
  }

  private static void assertRefused(
      FuzzedTable fuzzed, RefusedTableException refused, boolean orDiscard) {
    assertThat(refused.violations()).isNotEmpty();
    for (TableViolation violation : refused.violations()) {
      assertThat(refused.getMessage()).contains(violation.toString());
      assertThat(violation.toString()).contains("expected").contains("found");
    }
    boolean discarded = orDiscard && fuzzed.schema != null;
    assertThat(fuzzed.wrongDeletions(discarded)).isEmpty();
    if (discarded) {
      long left = fuzzed.undeletable();
      assertThat(refused.getMessage())
          .contains(left == 0 ? "All tensors have been discarded" : left + " cannot be discarded");
    }
  }

  private static void end(FuzzedTable fuzzed, ImportedTable table, int way)
      throws InterruptedException {
    if (way >= 120) {
      assertThat(table.transferOut()).isEqualTo(fuzzed.columns);
    } else if (way >= 110) {
      table.intoOwner().release();
    } else if (way >= 105) {
      assertComesBackAsItWas(table);
    } else {
      table.close();
    }
    assertThat(catchThrowableOfType(IllegalStateException.class, table::transferOut)).isNotNull();
    table.close();
  }

  private static void assertComesBackAsItWas(ImportedTable imported) throws InterruptedException {
    Table table = imported.table();
    Owner owner = new Prompt(imported.intoOwner());
    long before = Exports.statistics().live();
    ExportedTable exported;
    try {
      exported = TableExporter.export(table, owner);
    } catch (IllegalArgumentException e) {
      // The one thing that an import allows and an export does not.
      assertThat(e).hasMessageContaining("aligned");
      owner.release();
      return;
    }
    TableImporter importer = ANYTHING.expectingRows(table.rows());
    try (ImportedTable again = importer.adopt(table.schema(), exported.transferOut())) {
      assertThat(again.table().schema()).isEqualTo(table.schema());
      assertThat(again.rows()).isEqualTo(table.rows());
    }
    Exports.releasePending();
    assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(Exports.statistics().live()).isEqualTo(before);
  }

  /** Released by whoever exports, so that no input has to wait for the reaper. */
  private record Prompt(Owner owner) implements Owner {

    @Override
    public void beginExport() {
      owner.beginExport();
    }

    @Override
    public void release() {
      owner.release();
    }

    @Override
    public Release mode() {
      return Release.NON_BLOCKING;
    }
  }
}
