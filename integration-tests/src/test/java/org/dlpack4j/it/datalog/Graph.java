package org.dlpack4j.it.datalog;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A random graph, with edges from a node to itself and edges that are there twice, and what follows
 * from it, worked out on a matrix of bits and without any of the engine.
 */
final class Graph {

  private final int nodes;
  private final int[][] edges;

  private Graph(int nodes, int[]... edges) {
    this.nodes = nodes;
    this.edges = edges;
  }

  static Graph random(long seed, int nodes, int edges) {
    Random random = new Random(seed);
    int[][] all = new int[edges][];
    for (int i = 0; i < edges; i++) {
      boolean repeats = i > 0 && random.nextInt(10) == 0;
      all[i] =
          repeats
              ? all[random.nextInt(i)]
              : new int[] {random.nextInt(nodes), random.nextInt(nodes)};
    }
    return new Graph(nodes, all);
  }

  /** Empty ones, sparse ones, dense ones. */
  static Stream<Graph> several() {
    return Stream.of(
        random(1, 1, 0),
        random(2, 1, 3),
        random(3, 2, 2),
        random(4, 6, 7),
        random(5, 12, 9),
        random(6, 12, 24),
        random(7, 40, 36),
        random(8, 40, 60),
        random(9, 40, 500),
        random(10, 150, 190),
        new Graph(
            60, IntStream.range(1, 60).mapToObj(i -> new int[] {i - 1, i}).toArray(int[][]::new)),
        new Graph(
            60,
            IntStream.range(0, 60)
                .mapToObj(i -> new int[] {i, (i + 1) % 60})
                .toArray(int[][]::new)));
  }

  /** What a node is called in facts: all 64 bits are in use, and some names are negative. */
  static long name(int node) {
    return node * 0x1_0000_0003L - 0x7_0000_0000L;
  }

  int nodes() {
    return nodes;
  }

  /** Pairs of nodes. */
  int[][] edges() {
    return edges;
  }

  long[][] facts() {
    return Stream.of(edges)
        .map(edge -> new long[] {name(edge[0]), name(edge[1])})
        .toArray(long[][]::new);
  }

  /** What each node has an edge to. */
  BitSet[] matrix() {
    BitSet[] matrix = IntStream.range(0, nodes).mapToObj(_ -> new BitSet()).toArray(BitSet[]::new);
    for (int[] edge : edges) {
      matrix[edge[0]].set(edge[1]);
    }
    return matrix;
  }

  /** Warshall's algorithm: what can be reached from each node by at least one edge. */
  BitSet[] closure() {
    BitSet[] reached = matrix();
    for (int middle = 0; middle < nodes; middle++) {
      for (int from = 0; from < nodes; from++) {
        if (reached[from].get(middle)) {
          reached[from].or(reached[middle]);
        }
      }
    }
    return reached;
  }

  /** The nodes that have an edge. */
  BitSet touched() {
    BitSet touched = new BitSet();
    for (int[] edge : edges) {
      touched.set(edge[0]);
      touched.set(edge[1]);
    }
    return touched;
  }

  /** The rows of a relation of pairs. */
  static Set<List<Long>> pairs(BitSet... matrix) {
    Set<List<Long>> pairs = new HashSet<>();
    for (int from = 0; from < matrix.length; from++) {
      int row = from;
      matrix[from].stream().forEach(to -> pairs.add(List.of(name(row), name(to))));
    }
    return pairs;
  }

  @Override
  public String toString() {
    return nodes + " nodes, " + edges.length + " edges";
  }
}
