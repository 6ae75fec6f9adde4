package org.dlpack4j.arrow.cdata;

import org.dlpack4j.Owner;
import org.dlpack4j.arrow.BufferOwner;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.OwnerKind;

/**
 * What an exported {@code ArrowArray} holds.
 *
 * @param buffers the vector's
 * @param memory of malloc: what the struct points to
 */
@OwnerKind.Named("C data")
record KeptNode(BufferOwner buffers, long memory) implements Owner, OwnerKind.Wrapping {

  @Override
  public void release() {
    Memory.free(memory);
    buffers.release();
  }

  @Override
  public Release mode() {
    return buffers.mode();
  }

  @Override
  public Object wrapped() {
    return buffers;
  }
}
