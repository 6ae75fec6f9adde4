package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Recursion in the middle of a rule, against loops over all edges until nothing is new. */
class SameGenerationTest {

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void cousinsOfAnyDegreeAreFound(Graph graph) {
    assertThat(
            new Session(
                    """
                    relation parent(parent: number, child: number).
                    relation same(one: number, other: number).
                    same(x, y) :- parent(p, x), parent(p, y).
                    same(x, y) :- parent(p, x), same(p, q), parent(q, y).
                    """)
                .with("parent", graph.facts())
                .result("same"))
        .isEqualTo(Graph.pairs(sameGeneration(graph)));
  }

  private static BitSet[] sameGeneration(Graph graph) {
    BitSet[] same =
        IntStream.range(0, graph.nodes()).mapToObj(_ -> new BitSet()).toArray(BitSet[]::new);
    boolean changed;
    do {
      changed = false;
      for (int[] one : graph.edges()) {
        for (int[] other : graph.edges()) {
          boolean follows = one[0] == other[0] || same[one[0]].get(other[0]);
          if (follows && !same[one[1]].get(other[1])) {
            same[one[1]].set(other[1]);
            changed = true;
          }
        }
      }
    } while (changed);
    return same;
  }
}
