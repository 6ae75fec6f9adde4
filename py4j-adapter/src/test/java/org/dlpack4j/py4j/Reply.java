package org.dlpack4j.py4j;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A message that came; its descriptor is -1 unless one came with it. */
record Reply(int type, int request, ByteBuffer payload, int fd) {
  long i64() {
    return payload.getLong();
  }

  int i32() {
    return payload.getInt();
  }

  int u8() {
    return Byte.toUnsignedInt(payload.get());
  }

  int u16() {
    return Short.toUnsignedInt(payload.getShort());
  }

  String string() {
    byte[] bytes = new byte[u16()];
    payload.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
