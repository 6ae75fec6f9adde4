package org.dlpack4j.importing;

import java.lang.foreign.MemorySegment.Scope;

/** As long-lived as a scope, which somebody else ends. */
abstract sealed class ScopedTensor extends ImportedTensor permits ArenaTensor, TableTensor {

  private final Scope scope;

  ScopedTensor(Examination examination, long[] dimensions, Scope scope) {
    super(examination, dimensions);
    this.scope = scope;
  }

  ScopedTensor(PlainVector vector, long[] dimensions, Scope scope) {
    super(vector, dimensions);
    this.scope = scope;
  }

  @Override
  final void requireUsable() {
    if (!scope.isAlive()) {
      throw notHeld();
    }
  }

  @Override
  final boolean leaveHeld(int next) {
    throw new UnsupportedOperationException(
        "imported tensor: expected one with an end of its own but found one that lives as long as"
            + " the table or the arena that it was adopted into; close that");
  }

  @Override
  final int state() {
    return scope.isAlive() ? HELD : CLOSED;
  }
}
