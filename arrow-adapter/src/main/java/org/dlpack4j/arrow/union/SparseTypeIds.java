package org.dlpack4j.arrow.union;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * The type ids of a sparse union's values. Arrow Java's vector was either made with ids, and then
 * has a child for each but tells nobody which ids there are; or it was not, and then the id of a
 * child is the number of its type, and asking for another makes the vector grow a child. So the ids
 * are read, and only a vector that was made with some is asked: one with ids that are no numbers of
 * its children's types, or with 0, with which all producers begin that do not choose.
 */
public final class SparseTypeIds {

  /** The number of the null type, for which a vector without ids of its own has no child. */
  private static final int OF_NULLS = 0;

  private final UnionVector vector;
  private final List<FieldVector> children;

  private SparseTypeIds(UnionVector vector) {
    this.vector = vector;
    this.children = vector.getChildrenFromFields();
  }

  /**
   * The id of each child.
   *
   * @param vector whose values are looked at
   * @param numbers of the children's types, which a vector without ids of its own has
   * @return as many ids
   * @throws IllegalArgumentException if there are values of no child, or of one child by two ids
   */
  public static int[] of(UnionVector vector, int[] numbers) {
    return new SparseTypeIds(vector).ids(numbers);
  }

  private int[] ids(int[] numbers) {
    BitSet present = present();
    BitSet foreign = (BitSet) present.clone();
    Arrays.stream(numbers).forEach(foreign::clear);
    if (foreign.isEmpty() && vector.getVectorByType(OF_NULLS) == null) {
      return numbers;
    }
    int[] ids = new int[numbers.length];
    Arrays.fill(ids, -1);
    foreign.stream().forEach(id -> put(ids, id));
    present.stream().filter(id -> !foreign.get(id)).forEach(id -> put(ids, id));
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0) {
        // No value has it, so that any will do.
        ids[i] = present.nextClearBit(0);
        present.set(ids[i]);
      }
    }
    return ids;
  }

  private BitSet present() {
    BitSet present = new BitSet();
    ArrowBuf ids = vector.getTypeBuffer();
    for (int i = 0; i < vector.getValueCount(); i++) {
      byte id = ids.getByte(i);
      if (id >= 0) {
        present.set(id);
      }
    }
    return present;
  }

  private void put(int[] ids, int id) {
    int child = childOf(id);
    if (child < 0) {
      throw refusal("ids of its children", "values of " + id);
    }
    if (ids[child] >= 0) {
      throw refusal("one id for each child", "%d and %d for one".formatted(ids[child], id));
    }
    ids[child] = id;
  }

  @SuppressWarnings("ReferenceEquality") // The vector itself is meant.
  private int childOf(int id) {
    ValueVector found;
    try {
      found = vector.getVectorByType(id);
    } catch (RuntimeException e) {
      // Arrow Java throws what it happens to at an id that is no type's number.
      IllegalArgumentException refusal = refusal("ids of its children", "values of " + id);
      refusal.initCause(e);
      throw refusal;
    }
    for (int i = 0; i < children.size(); i++) {
      boolean isOfNulls = children.get(i).getField().getType() instanceof ArrowType.Null;
      if (found == null ? isOfNulls : found == children.get(i)) {
        return i;
      }
    }
    return -1;
  }

  private IllegalArgumentException refusal(String expected, String found) {
    return new IllegalArgumentException(
        "vector '%s': expected type ids to be %s but found %s; write it with one kind of ids"
            .formatted(vector.getName(), expected, found));
  }
}
