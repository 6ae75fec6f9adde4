package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class CStringsTest {

  @Test
  void readsToTheZero() {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(CStrings.read(arena.allocateFrom("größer").address())).isEqualTo("größer");
      assertThat(CStrings.read(arena.allocateFrom("").address())).isEmpty();
    }
  }

  @Test
  void takesNullForNothing() {
    assertThat(CStrings.read(0)).isEmpty();
  }

  @Test
  void stopsWhereNoMessageGoesOn() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment endless = arena.allocate(CStrings.MOST_BYTES + 8).fill((byte) 'x');
      assertThat(CStrings.read(endless.address())).hasSize(CStrings.MOST_BYTES);
    }
  }

  @Test
  void replacesWhatIsNotUtf8() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, (byte) 'a', (byte) 0xC3, (byte) 0);
      assertThat(CStrings.read(bytes.address())).isEqualTo("a\uFFFD");
    }
  }
}
