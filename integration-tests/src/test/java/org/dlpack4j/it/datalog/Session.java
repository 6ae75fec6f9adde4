package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.importing.ImportedColumn;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.TableImporter;

/**
 * Runs programs as their users do: facts come from C, and results go to another importer, who reads
 * them when the engine is done and gone.
 */
final class Session {

  private final Program program;
  private final Map<String, long[][]> facts = new HashMap<>();

  Session(String program) {
    this(Program.parse(program));
  }

  Session(Program program) {
    this.program = program;
  }

  Session with(String relation, long[]... rows) {
    facts.put(relation, rows);
    return this;
  }

  /** The rows of some relations. */
  Map<String, Set<List<Long>>> results(String... relations) {
    ForeignFacts foreign = new ForeignFacts();
    Map<String, ExportedTable> exported = new HashMap<>();
    try (Arena arena = Arena.ofConfined()) {
      Map<String, ImportedTable> tables = new HashMap<>();
      program.inputs().forEach(input -> tables.put(input, adopt(foreign, input, arena)));
      try (Database database = program.evaluate(tables)) {
        for (String relation : relations) {
          exported.put(relation, database.export(relation));
        }
      }
      foreign.assertUntouched();
    }
    foreign.assertDeletedOnce();
    Map<String, Set<List<Long>>> results = new HashMap<>();
    exported.forEach((relation, table) -> results.put(relation, read(relation, table)));
    return results;
  }

  /** The rows of one relation. */
  Set<List<Long>> result(String relation) {
    return results(relation).getOrDefault(relation, Set.of());
  }

  private ImportedTable adopt(ForeignFacts foreign, String input, Arena arena) {
    long[][] rows = facts.getOrDefault(input, new long[0][]);
    return TableImporter.versioned()
        .into(arena)
        .expectingRows(rows.length)
        .adopt(program.schema(input), foreign.table(program.schema(input), rows));
  }

  private Set<List<Long>> read(String relation, ExportedTable exported) {
    long rows = exported.table().rows();
    try (ImportedTable table =
        TableImporter.versioned()
            .expectingRows(rows)
            .adopt(program.schema(relation), exported.transferOut())) {
      Set<List<Long>> read = rows(table);
      assertThat(read).as("rows of %s, of which none is there twice", relation).hasSize((int) rows);
      return read;
    }
  }

  /** The rows of a table, as a set. */
  static Set<List<Long>> rows(ImportedTable table) {
    List<long[]> columns =
        table.columns().stream()
            .map(ImportedColumn::elements)
            .map(TensorElements::toLongArray)
            .toList();
    Set<List<Long>> rows = new HashSet<>();
    for (int i = 0; i < table.rows(); i++) {
      List<Long> row = new ArrayList<>();
      for (int j = 0; j < columns.size(); j++) {
        row.add(columns.get(j)[i]);
      }
      rows.add(row);
    }
    return rows;
  }
}
