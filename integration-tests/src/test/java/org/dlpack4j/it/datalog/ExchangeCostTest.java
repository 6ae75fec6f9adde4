package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.table.ManagedColumn;
import org.junit.jupiter.api.Test;

/** What it costs to take facts in and to give results away, beside what is done with them. */
class ExchangeCostTest {

  private static final int REPETITIONS = 5;

  private static final Program PROGRAM =
      Program.parse(
          """
          relation edge(src: number, dst: number).
          relation tc(src: number, dst: number).
          tc(x, y) :- edge(x, y).
          tc(x, z) :- tc(x, y), edge(y, z).
          """);

  /** Nanoseconds. */
  private record Times(long adopt, long engine, long export, long handBack, long rows) {
    long exchange() {
      return adopt + export + handBack;
    }
  }

  @Test
  void isAtMostAHundredthOfTheEnginesTime() {
    Graph graph = Graph.random(42, 1000, 3300);
    List<Times> times = Stream.generate(() -> run(graph)).limit(REPETITIONS).toList();
    double engine = median(times.stream().mapToLong(Times::engine).toArray());
    double exchange = median(times.stream().mapToLong(Times::exchange).toArray());
    System.out.printf(
        "datalog: %d edges to %d rows of closure in %.0f ms; adopting %.1f us, exporting %.1f us,"
            + " handing back %.1f us, together %.4f %% (the first time %.1f ms)%n",
        graph.edges().length,
        times.getLast().rows(),
        engine / 1e6,
        median(times.stream().mapToLong(Times::adopt).toArray()) / 1e3,
        median(times.stream().mapToLong(Times::export).toArray()) / 1e3,
        median(times.stream().mapToLong(Times::handBack).toArray()) / 1e3,
        100 * exchange / engine,
        times.getFirst().exchange() / 1e6);

    assertThat(times.getLast().rows())
        .isEqualTo(Arrays.stream(graph.closure()).mapToLong(row -> row.cardinality()).sum());
    assertThat(exchange).isLessThanOrEqualTo(0.01 * engine);
  }

  private static Times run(Graph graph) {
    ForeignFacts foreign = new ForeignFacts();
    MemorySegment[] columns = foreign.table(PROGRAM.schema("edge"), graph.facts());
    long start = System.nanoTime();
    ImportedTable edges = TableImporter.versioned().adopt(PROGRAM.schema("edge"), columns);
    long adopted = System.nanoTime();
    Database database = PROGRAM.evaluate(Map.of("edge", edges));
    long evaluated = System.nanoTime();
    List<ManagedColumn> closure = database.export("tc").transferOut();
    long exported = System.nanoTime();
    ImportedTable consumed = TableImporter.versioned().adopt(PROGRAM.schema("tc"), closure);
    long rows = consumed.rows();
    consumed.close();
    edges.close();
    long handedBack = System.nanoTime();
    database.close();
    foreign.assertDeletedOnce();
    return new Times(
        adopted - start, evaluated - adopted, exported - evaluated, handedBack - exported, rows);
  }

  private static double median(long... values) {
    return Arrays.stream(values).sorted().skip(values.length / 2).findFirst().orElseThrow();
  }
}
