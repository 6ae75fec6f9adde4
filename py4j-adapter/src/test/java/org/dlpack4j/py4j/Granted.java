package org.dlpack4j.py4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** An answer to FETCH or ALLOC. */
record Granted(long lease, long generation, ByteBuffer object) {

  /** What it is, if it is a tensor. */
  Tensor tensor() {
    assertThat(object.get()).as("kind").isZero();
    return readTensor(object);
  }

  /** A tensor as it was granted. */
  record Tensor(
      long segment, long offset, int code, int bits, int lanes, int flags, List<Long> shape) {}

  static Tensor readTensor(ByteBuffer object) {
    long segment = object.getLong();
    long offset = object.getLong();
    assertThat(object.getInt()).as("device").isEqualTo(1);
    assertThat(object.getInt()).isZero();
    int code = Byte.toUnsignedInt(object.get());
    int bits = Byte.toUnsignedInt(object.get());
    int lanes = object.getShort();
    int flags = object.get();
    int ndim = Byte.toUnsignedInt(object.get());
    List<Long> shape = new ArrayList<>();
    for (int axis = 0; axis < ndim; axis++) {
      shape.add(object.getLong());
    }
    object.position(object.position() + ndim * Long.BYTES);
    return new Tensor(segment, offset, code, bits, lanes, flags, shape);
  }
}
