package org.dlpack4j.arrow.bitmap;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FullBitmapTest {

  private static final long LARGE = FullBitmap.MOST_FILLED + 1;

  @ParameterizedTest
  @ValueSource(longs = {1, 100, 64 << 10, (64 << 10) + 1, 3 << 20, 33 << 20, 129 << 20})
  void allBitsAreSetToTheLast(long bytes) {
    FullBitmap bitmap = FullBitmap.of(bytes);

    assertThat(zeroAt(bitmap, bytes)).isEqualTo(-1);
    assertThat(bitmap.address() % 16).isZero();

    bitmap.free();
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 100, SpareBitmaps.LARGEST, SpareBitmaps.LARGEST + 1, LARGE})
  void whatIsWrittenIsSeenByNobodyElse(long bytes) {
    List<FullBitmap> bitmaps = bitmaps(3, bytes);
    FullBitmap written = bitmaps.get(1);

    Memory.fill(written.address(), (byte) 0, bytes);

    assertThat(zeroAt(bitmaps.get(0), bytes)).isEqualTo(-1);
    assertThat(zeroAt(bitmaps.get(2), bytes)).isEqualTo(-1);
    FullBitmap later = FullBitmap.of(bytes);
    assertThat(zeroAt(later, bytes)).isEqualTo(-1);
    assertThat(Memory.ALL.get(JAVA_LONG, written.address())).isZero();
    later.free();
    bitmaps.forEach(FullBitmap::free);
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 100, SpareBitmaps.LARGEST, SpareBitmaps.LARGEST + 1, LARGE})
  void whatWasWrittenIsFullAgainForTheNextHolder(long bytes) {
    for (int round = 0; round < 5; round++) {
      List<FullBitmap> bitmaps = bitmaps(40, bytes);
      for (FullBitmap bitmap : bitmaps) {
        assertThat(zeroAt(bitmap, bytes)).isEqualTo(-1);
        Memory.ALL.set(JAVA_LONG, bitmap.address() + bytes / 2 / 8 * 8, round);
      }
      bitmaps.forEach(FullBitmap::free);
    }
  }

  @Test
  void aSpareOneIsUsedAgainForTheSameSize() {
    FullBitmap first = FullBitmap.of(200);
    first.free();

    FullBitmap same = FullBitmap.of(255);
    FullBitmap other = FullBitmap.of(257);

    assertThat(same.address()).isEqualTo(first.address());
    assertThat(other.address()).isNotEqualTo(first.address());
    same.free();
    other.free();
  }

  @Test
  void addressesAreUsedAgain() {
    List<FullBitmap> first = bitmaps(200, 1 << 20);
    List<Long> addresses = first.stream().map(FullBitmap::address).toList();
    assertThat(addresses).doesNotHaveDuplicates();
    first.forEach(FullBitmap::free);

    List<FullBitmap> second = bitmaps(200, 1 << 20);

    assertThat(second.stream().map(FullBitmap::address)).isSubsetOf(addresses);
    second.forEach(FullBitmap::free);
  }

  @ParameterizedTest
  @ValueSource(longs = {64, SpareBitmaps.LARGEST, LARGE})
  void threadsDoNotShareBitmaps(long bytes) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> futures = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        futures.add(threads.submit(() -> takeWriteAndFree(bytes)));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
  }

  private static void takeWriteAndFree(long bytes) {
    for (int i = 0; i < 500; i++) {
      FullBitmap bitmap = FullBitmap.of(bytes);
      long at = bitmap.address() + ThreadLocalRandom.current().nextLong(bytes / 8) * 8;
      assertThat(Memory.ALL.get(JAVA_LONG, at)).isEqualTo(-1);
      Memory.ALL.set(JAVA_LONG, at, i);
      assertThat(Memory.ALL.get(JAVA_LONG, at)).isEqualTo(i);
      bitmap.free();
    }
  }

  private static List<FullBitmap> bitmaps(int count, long bytes) {
    return IntStream.range(0, count).mapToObj(i -> FullBitmap.of(bytes)).toList();
  }

  /** The first byte with a bit that is not set, or -1. */
  private static long zeroAt(FullBitmap bitmap, long bytes) {
    for (long i = 0; i < bytes; i++) {
      if (Memory.ALL.get(JAVA_BYTE, bitmap.address() + i) != -1) {
        return i;
      }
    }
    return -1;
  }
}
