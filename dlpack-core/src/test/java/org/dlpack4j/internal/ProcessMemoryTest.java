package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledOnOs(OS.LINUX)
class ProcessMemoryTest {

  @Test
  void isAllowedHere() {
    assertThat(ProcessMemory.AVAILABLE).isTrue();
  }

  @Test
  void copiesWhatIsThere() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocateFrom(JAVA_BYTE, (byte) 1, (byte) 2, (byte) 3, (byte) 4);
      MemorySegment target = arena.allocateFrom(JAVA_BYTE, (byte) 9, (byte) 9, (byte) 9);

      assertThat(ProcessMemory.read(source.address() + 1, target.asSlice(0, 2))).isTrue();

      assertThat(target.toArray(JAVA_BYTE)).containsExactly(2, 3, 9);
      assertThat(ProcessMemory.isReadable(source.address())).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4095, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x7fff_ffff_f000L})
  void saysThatNothingIsThere(long address) {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(ProcessMemory.read(address, arena.allocate(8))).isFalse();
    }
    assertThat(ProcessMemory.isReadable(address)).isFalse();
  }
}
