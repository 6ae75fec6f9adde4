package org.dlpack4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sizes that blocks have. */
class SizeClassTest {

  /** Around every power of two, and anywhere between, each power as often as another. */
  static LongStream sizes() {
    Random random = new Random(42);
    LongStream edges =
        LongStream.range(0, 46).flatMap(bit -> LongStream.of(-1, 0, 1).map(d -> (1L << bit) + d));
    LongStream between =
        IntStream.range(0, 5000).mapToLong(i -> random.nextLong() >>> (18 + random.nextInt(46)));
    return LongStream.concat(edges, between).filter(bytes -> bytes <= SizeClass.MAX_BYTES);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 64",
    "1, 64",
    "64, 64",
    "65, 128",
    "192, 192",
    "256, 256",
    "257, 320",
    "512, 512",
    "513, 640",
    "1000, 1024",
    "65536, 65536",
    "65537, 81920",
    "1048577, 1310720",
    "16777216, 16777216"
  })
  void roundsUpToFourSizesEachDoubling(long bytes, long expected) {
    assertThat(SizeClass.bytesOf(SizeClass.indexOf(bytes))).isEqualTo(expected);
  }

  @Test
  void isTheSmallestThatFits() {
    sizes()
        .forEach(
            bytes -> {
              int index = SizeClass.indexOf(bytes);
              assertThat(SizeClass.bytesOf(index)).isGreaterThanOrEqualTo(bytes);
              if (index > 0) {
                assertThat(SizeClass.bytesOf(index - 1)).isLessThan(Math.max(bytes, 1));
              }
            });
  }

  @Test
  void growsWithoutGapsAndByAFourthAtMost() {
    for (int index = 0; index < SizeClass.COUNT; index++) {
      long size = SizeClass.bytesOf(index);
      assertThat(size % SizeClass.ALIGNMENT).isZero();
      assertThat(SizeClass.indexOf(size)).isEqualTo(index);
      assertThat(SizeClass.indexOf(size + 1)).isEqualTo(index + 1);
      if (size > 256) {
        assertThat(size * 4).isLessThanOrEqualTo(SizeClass.bytesOf(index - 1) * 5);
      }
    }
  }

  @Test
  void keepsMultiplesOfAnAlignmentMultiples() {
    for (long alignment = 1; alignment <= SharedMemory.MAX_ALIGNMENT; alignment *= 2) {
      long mask = alignment - 1;
      assertThat(
              sizes()
                  .map(bytes -> (Math.max(bytes, 1) + mask) & ~mask)
                  .filter(bytes -> bytes <= SizeClass.MAX_BYTES)
                  .map(bytes -> SizeClass.bytesOf(SizeClass.indexOf(bytes))))
          .allMatch(bytes -> (bytes & mask) == 0);
    }
  }

  @Test
  void givesEverySpanAtLeastOneBlockAndRoomForItInASegment() {
    for (int index = 0; index < SizeClass.COUNT; index++) {
      long size = SizeClass.bytesOf(index);
      int blocks = SizeClass.blocksOf(size);
      assertThat(blocks).isBetween(1, Span.MAX_BLOCKS);
      if (SizeClass.isOwn(size)) {
        assertThat(blocks).isEqualTo(1);
        assertThat(size % (64 << 10)).as("whole pages, also where these are large").isZero();
      } else {
        assertThat(blocks * size).isLessThanOrEqualTo(Chunk.SHARED_BYTES);
      }
    }
  }

  @Test
  void hasAClassForTheLargestSize() {
    assertThat(SizeClass.indexOf(SizeClass.MAX_BYTES)).isEqualTo(SizeClass.COUNT - 1);
    assertThat(SizeClass.bytesOf(SizeClass.COUNT - 1)).isEqualTo(SizeClass.MAX_BYTES);
  }
}
