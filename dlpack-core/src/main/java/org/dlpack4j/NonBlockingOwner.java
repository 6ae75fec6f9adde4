package org.dlpack4j;

/** An action as an owner. */
record NonBlockingOwner(Runnable action) implements Owner {

  @Override
  public void release() {
    action.run();
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }
}
