package org.dlpack4j;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.internal.OwnerKind;

/** Keeps a segment reachable. */
@OwnerKind.Named("reachable")
record ReachableOwner(MemorySegment segment) implements Owner {

  ReachableOwner {
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          "segment: expected native memory but found "
              + segment
              + "; the garbage collector moves arrays");
    }
    if (!segment.isAccessibleBy(new Thread(() -> {}))) {
      throw new IllegalArgumentException(
          "segment: expected memory that the garbage collector or nobody frees but found a confined"
              + " arena's; allocate in Arena.ofAuto(), or in Arena.ofShared() with Owner.closing");
    }
  }

  @Override
  public void release() {
    // Dropping the reference to this owner is the release.
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }

  @Override
  public boolean isReadOnly() {
    return segment.isReadOnly();
  }
}
