package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 64, 8192, 1 << 20})
  void reservesZeroedAlignedMemory(long alignment) {
    long address = Memory.reserve(8192, alignment);

    assertThat(address % alignment).isZero();
    assertThat(Memory.ALL.asSlice(address, 8192).toArray(JAVA_LONG)).containsOnly(0);
  }

  @Test
  void allocatesAndFreesLikeC() {
    long address = Memory.allocate(100);

    assertThat(address).isNotZero();
    Memory.ALL.set(JAVA_LONG, address + 88, 42);
    assertThat(Memory.ALL.get(JAVA_LONG, address + 88)).isEqualTo(42);
    Memory.free(address);
    Memory.free(0);
  }

  @Test
  void freesByCsOwnFunction() {
    long address = Memory.allocate(100);

    NativeCalls.call(Memory.freeFunction(), address);
  }

  @Test
  void changesNothingByAskingForLargePages() {
    long bytes = 4 * Memory.LARGE_PAGE;
    long address = Memory.reserve(bytes, Memory.LARGE_PAGE);
    Memory.ALL.set(JAVA_LONG, address + 8, 7);

    Memory.preferLargePages(address, bytes);
    Memory.preferLargePages(8, 0); // refused, as it is not the start of a page

    assertThat(Memory.ALL.get(JAVA_LONG, address + 8)).isEqualTo(7);
    assertThat(Memory.ALL.get(JAVA_LONG, address + bytes - 8)).isZero();
  }

  @Test
  void endsASegmentWithItsArenaAndNotTheMemory() {
    long address = Memory.reserve(64, 64);
    Arena arena = Arena.ofShared();
    MemorySegment segment = Memory.within(address, 64, arena);

    segment.set(JAVA_LONG, 56, 3);
    arena.close();

    assertThat(segment.byteSize()).isEqualTo(64);
    assertThat(Memory.ALL.get(JAVA_LONG, address + 56)).isEqualTo(3);
    assertThatIllegalStateException().isThrownBy(() -> segment.get(JAVA_LONG, 56));
  }

  @Test
  void zeroesWhatItIsToldToAndNothingBesideIt() {
    long address = Memory.reserve(64, 64);
    Memory.ALL.asSlice(address, 64).fill((byte) -1);

    Memory.zero(address + 8, 24);

    assertThat(Memory.ALL.asSlice(address, 64).toArray(JAVA_LONG))
        .containsExactly(-1, 0, 0, 0, -1, -1, -1, -1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 1000, 1003})
  void countsTheBitsThatAreSetAndNoneBeyond(int bits) {
    BitSet set = BitSet.valueOf(new Random(bits).longs(17).toArray());
    long address = Memory.reserve(256, 64) + bits % 8;
    Memory.ALL.asSlice(address, 136).copyFrom(MemorySegment.ofArray(set.toByteArray()));

    assertThat(Memory.countOnes(address, bits)).isEqualTo(set.get(0, bits).cardinality());
  }

  @Test
  void saysWhenThereIsNoMemory() {
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> Memory.allocate(Long.MAX_VALUE))
        .withMessage("malloc(9223372036854775807) returned NULL");
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> Memory.reserve(1L << 60, 64))
        .withMessage("mmap of 1152921504606847040 bytes failed");
  }
}
