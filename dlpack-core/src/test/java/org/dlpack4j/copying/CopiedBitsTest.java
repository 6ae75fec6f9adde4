package org.dlpack4j.copying;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Runs of bits against java.util.BitSet, which has them in the same order. */
class CopiedBitsTest {

  private final Random random = new Random(12);

  @Test
  void copiesEveryRangeToEveryPlaceAndChangesNoOtherBit() {
    for (int fromBit = 0; fromBit <= 17; fromBit++) {
      for (int toBit = 0; toBit <= 17; toBit++) {
        for (int count : new int[] {0, 1, 5, 8, 9, 63, 64, 65, 127, 128, 130, 200}) {
          check(fromBit, toBit, count);
        }
      }
    }
  }

  /** With exactly the bytes that the range has, so that reading beyond them would throw. */
  private void check(int fromBit, int toBit, int count) {
    byte[] from = bytes(Math.ceilDiv(fromBit + count, Byte.SIZE));
    byte[] to = bytes(Math.ceilDiv(toBit + count, Byte.SIZE));
    BitSet source = BitSet.valueOf(from);
    BitSet oracle = BitSet.valueOf(to);
    for (int i = 0; i < count; i++) {
      oracle.set(toBit + i, source.get(fromBit + i));
    }
    byte[] expected = Arrays.copyOf(oracle.toByteArray(), to.length);

    Copies.copyBits(MemorySegment.ofArray(from), fromBit, MemorySegment.ofArray(to), toBit, count);

    assertThat(to).as("%d bits from %d to %d", count, fromBit, toBit).isEqualTo(expected);
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void countsTheBytesThatTheBitsFill() {
    CopyStatistics before = Copies.statistics();
    MemorySegment bits = MemorySegment.ofArray(new byte[4]);
    Copies.copyBits(bits, 3, MemorySegment.ofArray(new byte[4]), 0, 17);
    assertThat(Copies.statistics().copies()).isEqualTo(before.copies() + 1);
    assertThat(Copies.statistics().bytes()).isEqualTo(before.bytes() + 3);
  }

  @Test
  void refusesMoreBitsThanThereAre() {
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    MemorySegment two = MemorySegment.ofArray(new byte[2]);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Copies.copyBits(one, 1, two, 0, 8))
        .withMessage("bits: expected 8 from bit 1 on but found a segment of 1 bytes");
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Copies.copyBits(two, 0, one, 0, 9));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Copies.copyBits(two, -1, one, 0, 1));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Copies.copyBits(two, 0, one, 0, -1));
  }

  @Test
  void refusesATargetOfTheSameBytes() {
    MemorySegment bits = MemorySegment.ofArray(new byte[4]);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Copies.copyBits(bits, 0, bits, 9, 10))
        .withMessageStartingWith("to: expected other memory than the bits' own");
  }
}
