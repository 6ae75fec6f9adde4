package org.dlpack4j.it.datalog;

import java.util.Arrays;

/**
 * Finds the rows that have given values in some columns, the latest first. A hash table with open
 * addressing of each key's latest row; the rows of one key are chained.
 */
final class Index {

  /** No row; before all others. */
  static final int NONE = -1;

  private static final int FEWEST_SLOTS = 64;

  private final Rows rows;
  private final int[] columns;
  private int[] slots;
  private int[] earlier = new int[FEWEST_SLOTS];
  private int keys;

  /** Knows no row yet. */
  Index(Rows rows, int... columns) {
    this.rows = rows;
    this.columns = columns;
    this.slots = noRows(FEWEST_SLOTS);
  }

  private static int[] noRows(int slots) {
    int[] empty = new int[slots];
    Arrays.fill(empty, NONE);
    return empty;
  }

  /** The latest row with a key, or {@link #NONE}. */
  int first(long[] key) {
    int slot = start(hash(key));
    while (slots[slot] != NONE && !has(slots[slot], key)) {
      slot = after(slot);
    }
    return slots[slot];
  }

  /** The latest row before a row, with the same key, or {@link #NONE}. */
  int earlier(int row) {
    return earlier[row];
  }

  /** Takes a row in, which is later than all that it knows. */
  void add(int row) {
    int slot = slotOf(row);
    int latest = slots[slot];
    if (row >= earlier.length) {
      earlier = Arrays.copyOf(earlier, Math.max(row + 1, grown(earlier.length)));
    }
    earlier[row] = latest;
    slots[slot] = row;
    if (latest == NONE && ++keys > slots.length / 2) {
      spread();
    }
  }

  private static int grown(int length) {
    return length > Integer.MAX_VALUE / 2 ? Integer.MAX_VALUE - 8 : length * 2;
  }

  private void spread() {
    int[] before = slots;
    slots = noRows(Math.multiplyExact(before.length, 2));
    for (int row : before) {
      if (row != NONE) {
        slots[slotOf(row)] = row;
      }
    }
  }

  /** Where the latest row with a row's key is, or belongs. */
  private int slotOf(int row) {
    int slot = start(hash(row));
    while (slots[slot] != NONE && !isSameKey(slots[slot], row)) {
      slot = after(slot);
    }
    return slot;
  }

  private int start(long hash) {
    return (int) (hash >>> 32) & (slots.length - 1);
  }

  private int after(int slot) {
    return (slot + 1) & (slots.length - 1);
  }

  private boolean has(int row, long[] key) {
    for (int i = 0; i < columns.length; i++) {
      if (rows.get(row, columns[i]) != key[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean isSameKey(int row, int other) {
    for (int column : columns) {
      if (rows.get(row, column) != rows.get(other, column)) {
        return false;
      }
    }
    return true;
  }

  private long hash(int row) {
    long hash = 0;
    for (int column : columns) {
      hash = mixed(hash, rows.get(row, column));
    }
    return hash;
  }

  private static long hash(long[] key) {
    long hash = 0;
    for (long value : key) {
      hash = mixed(hash, value);
    }
    return hash;
  }

  /** Small numbers, as node ids are, must differ in the upper half, which picks the slot. */
  private static long mixed(long hash, long value) {
    long product = (hash ^ value) * 0x9E37_79B9_7F4A_7C15L;
    return product ^ (product >>> 29);
  }
}
