package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlpack4j.it.datalog.Literal.Atom;

/** An atom at its place in a join: which of its columns are known there, and what others bind. */
final class Pattern {

  private final int[] keyColumns;
  private final int[] keySlots;
  private final int[] otherColumns;
  private final int[] otherSlots;

  /** Whether the variable is bound by an earlier column of the same atom. */
  private final boolean[] isBoundHere;

  /**
   * Sorts the columns of an atom.
   *
   * @param bound the slots that have their values before
   */
  Pattern(Atom atom, Slots slots, Set<Integer> bound) {
    List<Integer> keys = new ArrayList<>();
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < atom.terms().size(); i++) {
      Term term = atom.terms().get(i);
      if (!(term instanceof Term.Anything)) {
        (bound.contains(slots.of(term)) ? keys : others).add(i);
      }
    }
    keyColumns = ints(keys);
    keySlots = ints(keys.stream().map(i -> slots.of(atom.terms().get(i))).toList());
    otherColumns = ints(others);
    otherSlots = ints(others.stream().map(i -> slots.of(atom.terms().get(i))).toList());
    isBoundHere = new boolean[otherSlots.length];
    Set<Integer> here = new HashSet<>();
    for (int i = 0; i < otherSlots.length; i++) {
      isBoundHere[i] = !here.add(otherSlots[i]);
    }
  }

  private static int[] ints(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  int[] keyColumns() {
    return keyColumns;
  }

  void fillKey(long[] values, long[] key) {
    for (int i = 0; i < keySlots.length; i++) {
      key[i] = values[keySlots[i]];
    }
  }

  /** Gives the other variables their values; false if one would need two at once. */
  boolean bind(Relation relation, int row, long[] values) {
    for (int i = 0; i < otherColumns.length; i++) {
      long value = relation.get(row, otherColumns[i]);
      if (isBoundHere[i] && values[otherSlots[i]] != value) {
        return false;
      }
      values[otherSlots[i]] = value;
    }
    return true;
  }
}
