package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.elements.TensorElements;
import org.junit.jupiter.api.Test;

/** Bits against java.util.BitSet, which has them in the same order. */
class BoolBitsTest {

  private static final int MOST = 130;

  private final Random random = new Random(11);

  @Test
  void unpacksEveryRangeOfBits() {
    for (int firstBit = 0; firstBit <= MOST; firstBit++) {
      for (int count = 0; count <= MOST; count++) {
        // Exactly the bytes that the range has, so that reading beyond them would throw.
        byte[] bits = bytes(Math.ceilDiv(firstBit + count, Byte.SIZE));
        byte[] bools = bytes(count + 2);
        byte[] expected = bools.clone();
        BitSet oracle = BitSet.valueOf(bits);
        for (int i = 0; i < count; i++) {
          expected[1 + i] = (byte) (oracle.get(firstBit + i) ? 1 : 0);
        }

        Copies.unpackBits(MemorySegment.ofArray(bits), firstBit, bools(bools, 1, count));

        assertThat(bools).as("%d bits from %d on", count, firstBit).isEqualTo(expected);
      }
    }
  }

  @Test
  void packsEveryRangeOfBitsAndNoOther() {
    for (int firstBit = 0; firstBit <= MOST; firstBit++) {
      for (int count = 0; count <= MOST; count++) {
        byte[] bits = bytes(Math.ceilDiv(firstBit + count, Byte.SIZE));
        byte[] bools = bytes(count);
        for (int i = 0; i < count; i++) {
          bools[i] = random.nextBoolean() ? bools[i] : 0;
        }
        BitSet oracle = BitSet.valueOf(bits);
        for (int i = 0; i < count; i++) {
          oracle.set(firstBit + i, bools[i] != 0);
        }
        byte[] expected = Arrays.copyOf(oracle.toByteArray(), bits.length);

        Copies.packBits(bools(bools, 0, count), MemorySegment.ofArray(bits), firstBit);

        assertThat(bits).as("%d bits from %d on", count, firstBit).isEqualTo(expected);
      }
    }
  }

  @Test
  void takesEveryByteButZeroForTrue() {
    byte[] bools = new byte[256];
    for (int i = 0; i < bools.length; i++) {
      bools[i] = (byte) i;
    }
    MemorySegment bits = MemorySegment.ofArray(new byte[32]);

    Copies.packBits(bools(bools, 0, 256), bits, 0);

    BitSet packed = BitSet.valueOf(bits.toArray(JAVA_BYTE));
    assertThat(packed.cardinality()).isEqualTo(255);
    assertThat(packed.get(0)).isFalse();
  }

  @Test
  void goesThroughAnyLayoutInRowMajorOrder() {
    TensorLayout transposed = TensorLayout.contiguous(5, 13).transpose();
    byte[] bits = bytes(10);
    byte[] bools = new byte[65];
    TensorElements tensor =
        TensorElements.of(MemorySegment.ofArray(bools), DataType.BOOL, transposed);

    Copies.unpackBits(MemorySegment.ofArray(bits), 3, tensor);

    boolean[] expected = new boolean[65];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = BitSet.valueOf(bits).get(3 + i);
    }
    assertThat(tensor.toBooleanArray()).isEqualTo(expected);

    byte[] packed = bits.clone();
    Arrays.fill(packed, 1, 7, (byte) 0x5A);
    Copies.packBits(tensor, MemorySegment.ofArray(packed), 3);
    assertThat(packed).isEqualTo(bits);
  }

  @Test
  void refusesMoreBitsThanThereAre() {
    TensorElements nine = bools(new byte[9], 0, 9);
    MemorySegment byteOfBits = MemorySegment.ofArray(new byte[1]);

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Copies.unpackBits(byteOfBits, 0, nine))
        .withMessage("bits: expected 9 from bit 0 on but found a segment of 1 bytes");
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Copies.packBits(nine, byteOfBits, Long.MAX_VALUE));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Copies.packBits(nine, MemorySegment.ofArray(new byte[9]), -1));
  }

  @Test
  void refusesWhatIsNotBool() {
    TensorElements numbers =
        TensorElements.of(
            MemorySegment.ofArray(new byte[8]), DataType.UINT8, TensorLayout.contiguous(8));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.packBits(numbers, MemorySegment.ofArray(new byte[1]), 0))
        .withMessage("dtype: expected bool of a byte each but found uint8");
  }

  @Test
  void refusesToUnpackInPlace() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(16);
      TensorElements bools =
          TensorElements.of(memory.asSlice(1), DataType.BOOL, TensorLayout.contiguous(15));

      assertThatIllegalArgumentException()
          .isThrownBy(() -> Copies.unpackBits(memory, 0, bools))
          .withMessageStartingWith("bits: expected other memory than the bools'");
      assertThatIllegalArgumentException().isThrownBy(() -> Copies.packBits(bools, memory, 8));
      Copies.packBits(bools.withLayout(TensorLayout.contiguous(8)), memory, 0);
    }
  }

  private static TensorElements bools(byte[] bytes, long base, long count) {
    return TensorElements.of(
        MemorySegment.ofArray(bytes), base, DataType.BOOL, TensorLayout.contiguous(count), false);
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
