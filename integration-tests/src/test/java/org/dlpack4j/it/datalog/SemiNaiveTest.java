package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.TableImporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That no two rows are ever joined twice, however many rounds there are. */
class SemiNaiveTest {

  private static final String RELATIONS =
      """
      relation edge(src: number, dst: number).
      relation tc(src: number, dst: number).
      tc(x, y) :- edge(x, y).
      """;

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void everyPathMeetsEveryEdgeOnce(Graph graph) {
    assertThat(derivations(graph, "tc(x, z) :- tc(x, y), edge(y, z)."))
        .isEqualTo(size(graph.matrix()) + joined(graph.closure(), graph.matrix()));
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void everyPathMeetsEveryPathOnce(Graph graph) {
    assertThat(derivations(graph, "tc(x, z) :- tc(x, y), tc(y, z)."))
        .isEqualTo(size(graph.matrix()) + joined(graph.closure(), graph.closure()));
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void everyPathThatIsLookedUpMeetsEveryEdgeOnce(Graph graph) {
    String rule = "tc(%1$d, z) :- tc(%1$d, y), edge(y, z).".formatted(Graph.name(0));
    assertThat(derivations(graph, rule))
        .isEqualTo(
            size(graph.matrix()) + joined(new BitSet[] {graph.closure()[0]}, graph.matrix()));
  }

  private static long derivations(Graph graph, String rule) {
    Program program = Program.parse(RELATIONS + rule);
    MemorySegment[] edges = new ForeignFacts().table(program.schema("edge"), graph.facts());
    try (ImportedTable table = TableImporter.versioned().adopt(program.schema("edge"), edges);
        Database database = program.evaluate(Map.of("edge", table))) {
      return database.relation("tc").derivations();
    }
  }

  private static long size(BitSet... matrix) {
    return Arrays.stream(matrix).mapToLong(BitSet::cardinality).sum();
  }

  /** How many pairs there are of something that goes to a node, and something from there. */
  private static long joined(BitSet[] first, BitSet[] second) {
    return Arrays.stream(first)
        .flatMapToInt(BitSet::stream)
        .mapToLong(node -> second[node].cardinality())
        .sum();
  }
}
