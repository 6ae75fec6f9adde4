package org.dlpack4j.arrow.bitmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class ForeignBuffersTest {

  private static final long BITMAP = 1 << 20;
  private static final int MANY = 200;

  private static final class Unheld extends ForeignBuffers {
    Unheld(BufferAllocator allocator, long bytes) {
      super(allocator, bytes, BITMAP);
    }

    @Override
    protected void releaseMemory() {
      throw new AssertionError("expected nothing to be held of what the allocator refused");
    }
  }

  /** Where bitmaps are now; all are given back. */
  private static List<Long> addresses() {
    List<FullBitmap> bitmaps =
        IntStream.range(0, MANY).mapToObj(i -> FullBitmap.of(BITMAP)).toList();
    List<Long> addresses = bitmaps.stream().map(FullBitmap::address).toList();
    bitmaps.forEach(FullBitmap::free);
    return addresses;
  }

  @Test
  void anAllocatorThatRefusesLeavesNoBitmapBehind() {
    List<Long> before = addresses();
    try (BufferAllocator small = new RootAllocator(100)) {
      for (int i = 0; i < MANY; i++) {
        assertThatExceptionOfType(OutOfMemoryException.class)
            .isThrownBy(() -> new Unheld(small, 101).close());
      }
      assertThat(small.getAllocatedMemory()).isZero();
    }
    assertThat(addresses()).isSubsetOf(before);
  }
}
