package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dlpack4j.Concurrently;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.elements.TensorElements;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several threads on one copy: whose memory it may be, who may close it, who is told of progress.
 */
class CopyJobTest {

  private static final int SIDE = 512;
  private static final TensorLayout SQUARE = TensorLayout.contiguous(SIDE, SIDE);
  private static final long BYTES = (long) SIDE * SIDE * Long.BYTES;

  /** So many chunks that every thread gets some. */
  private static final CopySettings SHARED = new CopySettings(3, 0, 4096, BYTES / 8);

  @Test
  void copiesMemoryOfEveryKindOnSeveralThreads() {
    try (Arena confined = Arena.ofConfined();
        Arena shared = Arena.ofShared()) {
      List<MemorySegment> memories =
          Stream.of(confined, shared, Arena.ofAuto(), Arena.global())
              .map(arena -> arena.allocate(BYTES))
              .collect(Collectors.toCollection(ArrayList::new));
      memories.add(MemorySegment.ofArray(new long[SIDE * SIDE]));
      for (MemorySegment from : memories) {
        MemorySegment.copy(counting(), 0, from, 0, BYTES);
        for (MemorySegment to : memories) {
          if (!to.equals(from)) {
            to.fill((byte) 0);
            copyTransposed(from.asReadOnly(), to);
            assertTransposed(to);
          }
        }
      }
    }
  }

  @Test
  void swapsBytesOnSeveralThreads() {
    MemorySegment to = Arena.ofAuto().allocate(BYTES);

    new ElementCopy(SHARED, null)
        .copy(square(counting()).withLayout(SQUARE.transpose()), square(to), Long.BYTES);

    for (long i = 0; i < SIDE * SIDE; i++) {
      assertThat(to.getAtIndex(JAVA_LONG, i))
          .isEqualTo(Long.reverseBytes(i % SIDE * SIDE + i / SIDE));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void refusesMemoryConfinedToAnotherThread(int threads) throws InterruptedException {
    CopySettings settings = new CopySettings(threads, 0, 4096, BYTES);
    try (Arena confined = Arena.ofConfined()) {
      MemorySegment theirs = confined.allocate(BYTES);
      Concurrently.run(
          1,
          thread ->
              assertThatExceptionOfType(WrongThreadException.class)
                  .isThrownBy(
                      () ->
                          new ElementCopy(settings, null)
                              .copy(square(theirs), square(counting()), 1)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void refusesMemoryOfAClosedArena(int threads) {
    CopySettings settings = new CopySettings(threads, 0, 4096, BYTES);
    for (Arena arena : List.of(Arena.ofConfined(), Arena.ofShared())) {
      MemorySegment closed = arena.allocate(BYTES);
      arena.close();

      assertThatIllegalStateException()
          .isThrownBy(
              () -> new ElementCopy(settings, null).copy(square(counting()), square(closed), 1))
          .withMessage("Already closed");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void throwsWhenASharedArenaIsClosedMeanwhile(boolean transposed) throws InterruptedException {
    TensorLayout layout = transposed ? SQUARE.transpose() : SQUARE;
    for (int round = 0; round < 10; round++) {
      Arena arena = Arena.ofShared();
      TensorElements from = square(arena.allocate(BYTES)).withLayout(layout);
      TensorElements to = square(Arena.ofAuto().allocate(BYTES));
      CountDownLatch copying = new CountDownLatch(1);
      Concurrently.run(
          2,
          thread -> {
            if (thread == 0) {
              copying.await();
              arena.close();
            } else {
              assertThatIllegalStateException()
                  .isThrownBy(() -> copyForEver(from, to, copying))
                  .withMessage("Already closed");
            }
          });
    }
  }

  private static void copyForEver(TensorElements from, TensorElements to, CountDownLatch copying) {
    while (true) {
      new ElementCopy(new CopySettings(2, 0, 1 << 16, BYTES), null).copy(from, to, 1);
      copying.countDown();
    }
  }

  @Test
  void tellsOfProgressOnTheCallingThreadUntilAllIsDone() {
    Thread caller = Thread.currentThread();
    List<Long> told = new ArrayList<>();

    new ElementCopy(
            SHARED,
            (done, total) -> {
              assertThat(Thread.currentThread()).isSameAs(caller);
              assertThat(total).isEqualTo(BYTES);
              told.add(done);
            })
        .copy(square(counting()), square(Arena.ofAuto().allocate(BYTES)), 1);

    assertThat(told)
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, 8).map(i -> i * BYTES / 8).boxed().toList());
  }

  @Test
  void tellsOfASmallCopyOnce() {
    List<Long> told = new ArrayList<>();
    TensorElements three =
        TensorElements.of(
            MemorySegment.ofArray(new byte[3]), DataType.INT4, TensorLayout.contiguous(5));

    Copies.copy(
        three,
        TensorElements.of(
            MemorySegment.ofArray(new byte[3]), DataType.INT4, TensorLayout.contiguous(5)),
        (done, total) -> told.addAll(List.of(done, total)));

    assertThat(told).containsExactly(3L, 3L);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void stopsAndThrowsWhatTheListenerThrew(int threads) {
    MemorySegment to = Arena.ofAuto().allocate(BYTES);
    RuntimeException thrown = new UnsupportedOperationException("enough");
    CopySettings settings = new CopySettings(threads, 0, 4096, BYTES / 8);

    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(
            () ->
                new ElementCopy(
                        settings,
                        (done, total) -> {
                          throw thrown;
                        })
                    .copy(square(counting()), square(to), 1))
        .isSameAs(thrown);

    assertThat(to.get(JAVA_LONG, BYTES / 8 - Long.BYTES)).isNotZero();
    assertThat(to.asSlice(BYTES / 8).toArray(JAVA_LONG)).containsOnly(0);
  }

  @Test
  void findsConfinedMemoryClosedByTheListener() {
    Arena arena = Arena.ofConfined();
    TensorElements from = square(arena.allocate(BYTES));
    TensorElements to = square(Arena.ofAuto().allocate(BYTES));

    assertThatIllegalStateException()
        .isThrownBy(() -> new ElementCopy(SHARED, (done, total) -> arena.close()).copy(from, to, 1))
        .withMessage("Already closed");
  }

  @Test
  void sharesLargeCopiesOfItsOwnAccord() {
    try (Arena arena = Arena.ofConfined()) {
      long rows = 3000;
      MemorySegment from = arena.allocate(rows * rows);
      MemorySegment to = arena.allocate(rows * rows);
      TensorLayout layout = TensorLayout.contiguous(rows, rows);
      for (long row = 0; row < rows; row++) {
        from.asSlice(row * rows, rows).fill((byte) row);
      }

      Copies.copy(
          TensorElements.of(from, DataType.UINT8, layout.transpose()),
          TensorElements.of(to, DataType.UINT8, layout));

      byte[] expected = new byte[(int) rows];
      for (int column = 0; column < rows; column++) {
        expected[column] = (byte) column;
      }
      for (long row = 0; row < rows; row++) {
        assertThat(to.asSlice(row * rows, rows).toArray(JAVA_BYTE)).isEqualTo(expected);
      }
    }
  }

  private static void copyTransposed(MemorySegment from, MemorySegment to) {
    new ElementCopy(SHARED, null).copy(square(from).withLayout(SQUARE.transpose()), square(to), 1);
  }

  private static void assertTransposed(MemorySegment to) {
    long[] numbers = to.toArray(JAVA_LONG);
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] != i % SIDE * SIDE + i / SIDE) {
        throw new AssertionError("element " + i + " is " + numbers[i]);
      }
    }
  }

  private static MemorySegment counting() {
    return MemorySegment.ofArray(LongStream.range(0, SIDE * SIDE).toArray());
  }

  private static TensorElements square(MemorySegment memory) {
    return TensorElements.of(memory, DataType.INT64, SQUARE);
  }
}
