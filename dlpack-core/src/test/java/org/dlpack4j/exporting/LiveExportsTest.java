package org.dlpack4j.exporting;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.exporting.TestSlabs.BLOCKS;
import static org.dlpack4j.exporting.TestSlabs.export;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.dlpack4j.Concurrently;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Who is out, how much, and since when. */
@WithExports
class LiveExportsTest {

  private static final Owner NATIVE =
      Owner.calling(MemorySegment.ofAddress(8), MemorySegment.ofAddress(16));
  private static final TensorView FOUR_BYTES = floats(1);

  private final SlabPool pool = TestSlabs.pool();

  private static TensorView floats(long... shape) {
    return view(DataType.FLOAT32, TensorLayout.contiguous(shape));
  }

  private static TensorView view(DataType type, TensorLayout layout) {
    return new TensorView(0x10000, type, Device.CPU, layout, false, false);
  }

  private static LiveExports live(String kind, long count, long bytes, Duration oldest) {
    return new LiveExports(kind, count, bytes, oldest);
  }

  @Test
  void nothingIsLiveAtFirst() {
    assertThat(pool.live(100)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void kindsAreCountedApartTheLargestFirstWithTheirOldest(Flavour flavour) {
    Owner pooled = CountingOwner.nonBlocking();
    Owner arena = Owner.closing(Arena.ofShared());
    export(pool, Lane.NON_BLOCKING, pooled, floats(2), flavour, 50);
    export(pool, Lane.NON_BLOCKING, pooled, floats(3), flavour, 20);
    export(pool, Lane.NON_BLOCKING, pooled, floats(4), flavour, 40);
    export(pool, Lane.BLOCKING, arena, floats(100), flavour, 60);
    export(pool, Lane.NATIVE, NATIVE, floats(5), flavour, 0);

    assertThat(pool.live(60))
        .containsExactly(
            live("arena", 1, 400, Duration.ZERO),
            live("CountingOwner", 3, 36, Duration.ofSeconds(4)),
            live("native", 1, 20, Duration.ofSeconds(6)));
  }

  @Test
  void kindsOfTheSameSizeAreInAlphabeticalOrder() {
    for (Owner owner : new Owner[] {Owner.nonBlocking(() -> {}), CountingOwner.nonBlocking()}) {
      export(pool, Lane.NON_BLOCKING, owner, FOUR_BYTES, Flavour.VERSIONED, 0);
    }

    assertThat(pool.live(0))
        .extracting(LiveExports::kind)
        .containsExactly("CountingOwner", "lambda in LiveExportsTest");
  }

  @ParameterizedTest
  @MethodSource
  void bytesAreWhatTheTensorSpans(TensorView view, long bytes) {
    assertThat(TensorBytes.of(view)).isEqualTo(bytes);
    for (Flavour flavour : Flavour.values()) {
      if (flavour == Flavour.VERSIONED || !view.padded()) {
        SlabPool one = TestSlabs.pool();
        export(one, Lane.NON_BLOCKING, CountingOwner.nonBlocking(), view, flavour, 0);
        assertThat(one.live(0))
            .as("%s %s", flavour, view)
            .containsExactly(live("CountingOwner", 1, bytes, Duration.ZERO));
      }
    }
  }

  static Stream<Arguments> bytesAreWhatTheTensorSpans() {
    TensorLayout matrix = TensorLayout.contiguous(4, 10);
    TensorLayout most = TensorLayout.contiguous(1L << 62);
    TensorView handle =
        new TensorView(1, DataType.FLOAT64, Device.of(Device.Type.VULKAN, 0), most, false, false);
    return Stream.of(
        Arguments.of(floats(), 4),
        Arguments.of(floats(0), 0),
        Arguments.of(floats(3, 0, 5), 0),
        Arguments.of(floats(4, 10), 160),
        Arguments.of(floats(1, 2, 1, 2, 1, 2, 1, 2), 64),
        Arguments.of(view(DataType.FLOAT32, matrix.transpose()), 160),
        Arguments.of(view(DataType.FLOAT32, matrix.slice(1, 3, 5, 1)), 128),
        Arguments.of(view(DataType.FLOAT64, matrix.slice(0, 3, -1, -1)), 320),
        Arguments.of(
            view(DataType.INT16, TensorLayout.strided(new long[] {1 << 20}, new long[1])), 2),
        Arguments.of(
            view(DataType.of(DataType.Code.FLOAT4_E2M1FN, 4, 1), TensorLayout.contiguous(5)), 3),
        Arguments.of(
            new TensorView(
                0x1000,
                DataType.of(DataType.Code.FLOAT4_E2M1FN, 4, 1),
                Device.CPU,
                TensorLayout.contiguous(5),
                false,
                true),
            5),
        Arguments.of(handle, Long.MAX_VALUE));
  }

  @Test
  void deletedTensorsAreLiveNoLonger() {
    Owner owner = CountingOwner.nonBlocking();
    List<Long> blocks =
        Stream.generate(() -> export(pool, Lane.BLOCKING, owner, FOUR_BYTES, Flavour.LEGACY, 0))
            .limit(3)
            .toList();

    SlabHeader.mark(blocks.get(1));
    assertThat(pool.live(0)).containsExactly(live("CountingOwner", 2, 8, Duration.ZERO));
    pool.drain(Lane.BLOCKING);
    assertThat(pool.live(0)).containsExactly(live("CountingOwner", 2, 8, Duration.ZERO));
    TestSlabs.delete(List.of(blocks.get(0), blocks.get(2)));

    assertThat(pool.live(0)).isEmpty();
  }

  @Test
  void aBlockThatIsClaimedAndNotExportedYetIsNotCounted() {
    long block = pool.stripe(Lane.NON_BLOCKING).current().claim();

    assertThat(block).isNotZero();
    assertThat(pool.live(0)).isEmpty();
  }

  @Test
  void noOwnerIsAsked() {
    AtomicInteger calls = new AtomicInteger();
    Owner touchy =
        new Owner() {
          @Override
          public void release() {
            calls.incrementAndGet();
          }

          @Override
          public Release mode() {
            calls.incrementAndGet();
            return Release.BLOCKING;
          }

          @Override
          public boolean isReadOnly() {
            return calls.incrementAndGet() > 0;
          }

          @Override
          public String toString() {
            return "asked " + calls.incrementAndGet() + " times";
          }

          @Override
          public int hashCode() {
            return calls.incrementAndGet();
          }

          @Override
          public boolean equals(Object other) {
            return calls.incrementAndGet() == 0;
          }
        };
    export(pool, Lane.NON_BLOCKING, touchy, FOUR_BYTES, Flavour.VERSIONED, 0);

    assertThat(pool.live(0)).hasSize(1);
    assertThat(calls).hasValue(0);
  }

  /** As a consumer may write into its struct, and an exporter into a block that is counted. */
  @ParameterizedTest
  @EnumSource
  void nothingThatABlockSaysIsFollowed(Flavour flavour) {
    SplittableRandom random = new SplittableRandom(42);
    long block =
        export(pool, Lane.NON_BLOCKING, CountingOwner.nonBlocking(), FOUR_BYTES, flavour, 0);
    for (int i = 0; i < 5_000; i++) {
      for (long at = block; at < block + Block.BYTES; at += Long.BYTES) {
        Memory.ALL.set(JAVA_LONG, at, random.nextLong() >> random.nextInt(Long.SIZE));
      }
      Memory.ALL.set(
          JAVA_INT, block + flavour.tensor() + 16, random.nextInt(-1, Block.MAX_NDIM + 2));

      LiveExports only = pool.live(0).getFirst();
      assertThat(only.count()).isEqualTo(1);
      assertThat(only.bytes()).isNotNegative();
    }
  }

  @Test
  void theSumOfBytesDoesNotWrap() {
    TensorLayout most = TensorLayout.contiguous(1L << 60);
    TensorView handle =
        new TensorView(1, DataType.FLOAT64, Device.of(Device.Type.VULKAN, 0), most, false, false);
    for (int i = 0; i < BLOCKS; i++) {
      export(pool, Lane.BLOCKING, CountingOwner.blocking(), handle, Flavour.VERSIONED, 0);
    }

    assertThat(pool.live(0))
        .containsExactly(live("CountingOwner", BLOCKS, Long.MAX_VALUE, Duration.ZERO));
  }

  @Test
  void agesSurviveTheWrapOfTheClockAndAreNeverNegative() {
    for (Flavour flavour : Flavour.values()) {
      int birth = Birth.of(Integer.MAX_VALUE - 4, flavour);
      assertThat(Birth.flavour(birth)).isEqualTo(flavour);
      assertThat(Birth.age(birth, Integer.MIN_VALUE + 5)).isEqualTo(Duration.ofSeconds(1));
      assertThat(Birth.age(Birth.of(7, flavour), 6)).isEqualTo(Duration.ZERO);
      assertThat(Birth.age(Birth.of(0, flavour), 36_000)).isEqualTo(Duration.ofHours(1));
    }
  }

  @Test
  void whileThreadsExportAndDeleteWhatStaysIsCountedAndNothingTwice() throws InterruptedException {
    int exporters = 3;
    long resident = 5;
    int atOnce = 40;
    AtomicInteger running = new AtomicInteger(exporters);
    Owner owner = CountingOwner.nonBlocking();
    for (int i = 0; i < resident; i++) {
      export(pool, Lane.NON_BLOCKING, owner, FOUR_BYTES, Flavour.VERSIONED, 0);
    }

    Concurrently.run(
        exporters + 1,
        thread -> {
          if (thread < exporters) {
            try {
              for (int i = 0; i < 500; i++) {
                TestSlabs.delete(writtenExports(owner, atOnce));
              }
            } finally {
              running.decrementAndGet();
            }
          } else {
            while (running.get() > 0) {
              assertThat(pool.live(10)).as("the residents at least").hasSize(1);
              LiveExports now = pool.live(10).getFirst();
              assertThat(now.count()).isBetween(resident, pool.nativeBytes() / Block.BYTES);
              assertThat(now.bytes()).isBetween(4L * resident, 4 * now.count());
              assertThat(now.oldest()).isEqualTo(Duration.ofSeconds(1));
            }
          }
        });

    assertThat(pool.live(10))
        .containsExactly(live("CountingOwner", resident, 4 * resident, Duration.ofSeconds(1)));
  }

  private List<Long> writtenExports(Owner owner, int count) {
    List<Long> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Stripe stripe = pool.stripe(Lane.NON_BLOCKING);
      Slab slab = stripe.current();
      long block = slab.claim();
      while (block == 0) {
        slab = stripe.after(slab);
        block = slab.claim();
      }
      Block.write(block, FOUR_BYTES, Flavour.VERSIONED, 0, 0, 0);
      slab.own(block, owner, Birth.of(5, Flavour.VERSIONED));
      blocks.add(block);
    }
    return blocks;
  }

  @Test
  void realExportsAreCountedWhileHeldAndWhileOutWhateverTheirShape() throws InterruptedException {
    OnlyHere owner = new OnlyHere();
    try (SharedOwner shared = owner.shared()) {
      ExportedTensor held = TensorExporter.export(GlobalExports.VIEW, shared);
      Consumer out = Consumer.versioned(TensorExporter.export(GlobalExports.VIEW, shared));
      Consumer spilled =
          Consumer.legacy(TensorExporter.exportLegacy(GlobalExports.ndim(9), shared));

      assertThat(ofOnlyHere()).extracting(LiveExports::count).containsExactly(3L);
      assertThat(ofOnlyHere()).extracting(LiveExports::bytes).containsExactly(24L + 24 + 4);
      assertThat(ofOnlyHere().getFirst().oldest()).isBetween(Duration.ZERO, GlobalExports.PATIENCE);
      out.delete();
      assertThat(ofOnlyHere()).extracting(LiveExports::count).containsExactly(2L);
      held.close();
      spilled.delete();

      assertThat(ofOnlyHere()).isEmpty();
      GlobalExports.awaitReleased(shared.reference());
    }
  }

  @Test
  void theTensorsOfATableAreCountedEachUnderTheKindOfItsOwner() throws InterruptedException {
    OnlyHere owner = new OnlyHere();
    MemorySegment memory = Arena.global().allocate(80);
    TensorView data = TensorView.of(memory, DataType.FLOAT64, 10);
    Table table = new Table(10, List.of(Column.of("x", data), Column.of("y", data)));

    long[] managed = TableExporter.export(table, owner).transferOutAddresses();
    assertThat(ofOnlyHere()).extracting(LiveExports::count).containsExactly(2L);
    assertThat(ofOnlyHere()).extracting(LiveExports::bytes).containsExactly(160L);
    assertThat(ofOnlyHere().getFirst().oldest()).isBetween(Duration.ZERO, GlobalExports.PATIENCE);
    Consumer.at(Flavour.VERSIONED, managed[0]).delete();
    assertThat(ofOnlyHere()).extracting(LiveExports::count).containsExactly(1L);
    Consumer.at(Flavour.VERSIONED, managed[1]).delete();

    assertThat(ofOnlyHere()).isEmpty();
    GlobalExports.awaitReleased(owner);
  }

  private static List<LiveExports> ofOnlyHere() {
    return Exports.live().stream().filter(live -> live.kind().endsWith("$OnlyHere")).toList();
  }

  private static final class OnlyHere implements Owner {
    @Override
    public void release() {
      // nothing is held
    }
  }
}
