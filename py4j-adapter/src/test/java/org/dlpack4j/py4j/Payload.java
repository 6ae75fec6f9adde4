package org.dlpack4j.py4j;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** What a message is made of. */
final class Payload {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Payload u8(int value) {
    out.write(value);
    return this;
  }

  Payload u16(int value) {
    return u8(value & 0xFF).u8(value >>> 8 & 0xFF);
  }

  Payload i32(int value) {
    return u16(value & 0xFFFF).u16(value >>> 16 & 0xFFFF);
  }

  Payload i64(long value) {
    return i32((int) value).i32((int) (value >>> 32));
  }

  Payload string(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    u16(bytes.length);
    return bytes(bytes);
  }

  Payload bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  static Payload payload() {
    return new Payload();
  }

  /** A tensor of one dimension without gaps. */
  Payload tensor(long segment, long offset, int code, int bits, int flags, long... shape) {
    i64(segment).i64(offset).i32(1).i32(0).u8(code).u8(bits).u16(1).u8(flags).u8(shape.length);
    for (long size : shape) {
      i64(size);
    }
    long stride = 1;
    long[] strides = new long[shape.length];
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape[axis];
    }
    for (long each : strides) {
      i64(each);
    }
    return this;
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
