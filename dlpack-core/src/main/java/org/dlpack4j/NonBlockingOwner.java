package org.dlpack4j;

import org.dlpack4j.internal.OwnerKind;

/** An action as an owner. */
record NonBlockingOwner(Runnable action) implements Owner, OwnerKind.Wrapping {

  @Override
  public Object wrapped() {
    return action;
  }

  @Override
  public void release() {
    action.run();
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }
}
