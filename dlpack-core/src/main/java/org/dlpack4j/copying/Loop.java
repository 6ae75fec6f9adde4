package org.dlpack4j.copying;

/**
 * One of the nested loops of a copy.
 *
 * @param size how many times it turns
 * @param from how far the source moves each time
 * @param to how far the target moves each time
 */
record Loop(long size, long from, long to) {

  /** Turns once; for kernels that want more loops than there are. */
  static final Loop ONCE = new Loop(1, 0, 0);

  /** The same elements, met in the opposite order. */
  Loop reversed() {
    return new Loop(size, -from, -to);
  }

  /** Whether this and a loop inside of it are one longer loop. */
  boolean continues(Loop inner) {
    return from == inner.size * inner.from && to == inner.size * inner.to;
  }

  /** Whether both sides move on by just what is copied each time. */
  boolean isRunOf(long unit) {
    return from == unit && to == unit;
  }

  /** The same with positions counted in bytes instead of bits. */
  Loop inBytes() {
    return new Loop(size, from / Byte.SIZE, to / Byte.SIZE);
  }
}
