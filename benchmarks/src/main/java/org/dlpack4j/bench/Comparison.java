package org.dlpack4j.bench;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Something of ours against something of a peer.
 *
 * @param name what is compared, such as {@code core.export}
 * @param peer with whom
 * @param unit of both sides
 * @param round measures both sides
 * @param goal the speedup to reach, if there is one
 * @param requirement what must be there
 * @param jvmOptions beyond those of every user
 * @param jvmPerRound whether every round needs a JVM that has done nothing yet
 */
record Comparison(
    String name,
    String peer,
    Unit unit,
    Round round,
    OptionalDouble goal,
    Requirement requirement,
    List<String> jvmOptions,
    boolean jvmPerRound) {

  static Comparison of(String name, String peer, Unit unit, Round round) {
    return new Comparison(
        name, peer, unit, round, OptionalDouble.empty(), Requirement.NOTHING, List.of(), false);
  }

  static Comparison of(String name, String peer, Unit unit, Measure ours, Measure theirs) {
    return of(name, peer, unit, Round.alternating(ours, theirs));
  }

  Comparison goal(double speedup) {
    OptionalDouble newGoal = OptionalDouble.of(speedup);
    return new Comparison(name, peer, unit, round, newGoal, requirement, jvmOptions, jvmPerRound);
  }

  Comparison needs(Requirement newRequirement) {
    return new Comparison(name, peer, unit, round, goal, newRequirement, jvmOptions, jvmPerRound);
  }

  Comparison withJvmOptions(String... options) {
    return new Comparison(
        name, peer, unit, round, goal, requirement, List.of(options), jvmPerRound);
  }

  Comparison withJvmPerRound() {
    return new Comparison(name, peer, unit, round, goal, requirement, jvmOptions, true);
  }
}
