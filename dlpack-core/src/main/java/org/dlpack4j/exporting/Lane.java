package org.dlpack4j.exporting;

import org.dlpack4j.NativeOwner;
import org.dlpack4j.Owner;

/** Who releases the owners of a slab. All blocks of a slab are in one lane. */
enum Lane {
  /** Exporters in want of a block, and the reaper. */
  NON_BLOCKING(0),

  /** The reaper alone. */
  BLOCKING(1),

  /** The deleter itself, in C. */
  NATIVE(2);

  static final int COUNT = 3;

  /** What stands for it in a slab's header. */
  final int code;

  Lane(int code) {
    this.code = code;
  }

  static Lane of(Owner owner, Deleters deleters) {
    if (owner instanceof NativeOwner && deleters.releaseNatively()) {
      return NATIVE;
    }
    return ofReleasedByJava(owner);
  }

  /** Without the lane for C, for owners that Java has something to do with at their end. */
  static Lane ofReleasedByJava(Owner owner) {
    return owner.mode() == Owner.Release.BLOCKING ? BLOCKING : NON_BLOCKING;
  }
}
