package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Andersen's analysis, over symbols, against loops over all statements until nothing is new. */
class PointsToTest {

  private static final String PROGRAM =
      """
      relation new(variable: symbol, object: symbol).
      relation assign(to: symbol, from: symbol).
      relation load(to: symbol, base: symbol, field: symbol).
      relation store(base: symbol, field: symbol, from: symbol).
      relation points(variable: symbol, object: symbol).
      relation holds(object: symbol, field: symbol, value: symbol).
      points(v, o) :- new(v, o).
      points(v, o) :- assign(v, w), points(w, o).
      points(v, p) :- load(v, b, f), points(b, o), holds(o, f, p).
      holds(o, f, p) :- store(b, f, v), points(b, o), points(v, p).
      """;

  private final Set<List<Long>> points = new HashSet<>();
  private final Set<List<Long>> holds = new HashSet<>();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 10, 25, 40})
  void objectsReachVariablesThroughAssignmentsAndFields(int variables) {
    Random random = new Random(variables);
    long[][] created = statements(random, variables, variables, variables / 3);
    long[][] assigned = statements(random, variables, variables, variables);
    long[][] loaded = statements(random, variables / 2, variables, variables, 3);
    long[][] stored = statements(random, variables / 2, variables, 3, variables);
    analyse(created, assigned, loaded, stored);

    Map<String, Set<List<Long>>> results =
        new Session(PROGRAM)
            .with("new", created)
            .with("assign", assigned)
            .with("load", loaded)
            .with("store", stored)
            .results("points", "holds");

    assertThat(results).isEqualTo(Map.of("points", points, "holds", holds));
  }

  private static long[][] statements(Random random, int count, int... bounds) {
    long[][] statements = new long[count][bounds.length];
    for (long[] statement : statements) {
      for (int i = 0; i < bounds.length; i++) {
        statement[i] = symbol(random.nextInt(Math.max(1, bounds[i])));
      }
    }
    return statements;
  }

  /** Ids of 32 bits; half of them would be negative if they were signed. */
  private static long symbol(int number) {
    return Integer.toUnsignedLong(number * 0x9E37_79B9);
  }

  private void analyse(long[][] created, long[][] assigned, long[][] loaded, long[][] stored) {
    int before;
    do {
      before = points.size() + holds.size();
      for (long[] s : created) {
        points.add(List.of(s[0], s[1]));
      }
      for (long[] s : assigned) {
        pointedTo(s[1]).forEach(object -> points.add(List.of(s[0], object)));
      }
      for (long[] s : stored) {
        for (long object : pointedTo(s[0])) {
          pointedTo(s[2]).forEach(value -> holds.add(List.of(object, s[1], value)));
        }
      }
      for (long[] s : loaded) {
        Set<Long> objects = Set.copyOf(pointedTo(s[1]));
        holds.stream()
            .filter(held -> objects.contains(held.get(0)) && held.get(1) == s[2])
            .forEach(held -> points.add(List.of(s[0], held.get(2))));
      }
    } while (points.size() + holds.size() > before);
  }

  private List<Long> pointedTo(long variable) {
    return points.stream().filter(p -> p.get(0) == variable).map(p -> p.get(1)).toList();
  }
}
