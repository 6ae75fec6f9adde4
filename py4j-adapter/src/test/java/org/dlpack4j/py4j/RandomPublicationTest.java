package org.dlpack4j.py4j;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.memory.SharedAllocation;
import org.dlpack4j.memory.SharedLocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.dlpack4j.table.Column;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random descriptions of random memory. Each is refused with a reason, or all of it is in memory
 * that the peer or the service has, and whatever is followed is where the peer cannot write.
 */
class RandomPublicationTest {

  private static final int BYTES = 4096;
  private static final int OBJECTS = 20_000;

  private final Counters counters = new Counters();
  private final Publisher publisher = new Publisher(CopyPolicy.REFUSE, counters);

  @Test
  void nothingThatIsBelievedIsElsewhere() throws InterruptedException {
    Random random = new Random(1);
    Set<String> kinds = new HashSet<>();
    int accepted = 0;
    try (SharedMemory peers = SharedMemory.create(SharedMemoryOptions.DEFAULT.writableByPeers())) {
      SharedAllocation allocation = peers.allocate(BYTES);
      MemorySegment bytes = allocation.segment();
      SharedLocation place = allocation.location();
      long address = allocation.address();
      try (SharedOwner owner = allocation.intoOwner().shared()) {
        HeldLease.OfMemory memory =
            new HeldLease.OfMemory(
                owner,
                new PeerLocation(new PeerSegment.OfFile(place.segment()), place.offset()),
                Device.CPU,
                address,
                BYTES,
                1,
                0);
        for (int i = 0; i < OBJECTS; i++) {
          fill(bytes, random);
          Publication publication = publish(new RandomObjects(random, place, BYTES), memory);
          if (publication != null) {
            accepted++;
            check(publication, memory, kinds);
            publication.release();
            assertThat(publication.hasEnded()).isTrue();
          }
        }
        assertThat(Exports.awaitReleased(owner, Services.PATIENCE)).isTrue();
        assertThat(owner.referenceCount()).isEqualTo(1);
      }
    }
    assertThat(accepted).isGreaterThan(OBJECTS / 20);
    assertThat(kinds).as("column forms").hasSizeGreaterThan(10);
    assertThat(publisher.pool().statistics().liveAllocations()).isZero();
    publisher.close();
  }

  /** Small numbers, so that offsets and type ids are often right. */
  private static void fill(MemorySegment bytes, Random random) {
    int step = 1 << random.nextInt(4);
    bytes.fill((byte) 0);
    byte value = 0;
    for (int at = 0; at < BYTES; at += step) {
      value = (byte) (random.nextInt(50) == 0 ? 0 : value + random.nextInt(2));
      bytes.set(JAVA_BYTE, at, value);
    }
  }

  private @Nullable Publication publish(RandomObjects objects, HeldLease.OfMemory memory) {
    try {
      return publisher.ofPeer("x", 1, memory, objects.next());
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).contains("expected");
      return null;
    }
  }

  private static void check(Publication publication, HeldLease.OfMemory memory, Set<String> kinds) {
    for (TensorView view : publication.object().views()) {
      if (!view.layout().isEmpty()) {
        PeerLocation location = Objects.requireNonNull(PeerLocation.of(view));
        boolean peers = location.segment().equals(memory.location().segment());
        Reach reach = Reach.of(view);
        assertThat(!peers || reach.low() >= memory.address()).isTrue();
        assertThat(!peers || reach.high() <= memory.address() + memory.bytes()).isTrue();
      }
    }
    switch (publication.object()) {
      case PublishedObject.OfTensor _ -> kinds.add("tensor");
      case PublishedObject.OfColumn found -> checkFollowed(found.column(), memory, kinds);
      case PublishedObject.OfTable found ->
          found.table().columns().forEach(column -> checkFollowed(column, memory, kinds));
    }
  }

  private static void checkFollowed(Column column, HeldLease.OfMemory memory, Set<String> kinds) {
    kinds.add(column.type().form().toString());
    column.offsets().ifPresent(view -> assertIsNotThePeers(view, memory));
    column.sizes().ifPresent(view -> assertIsNotThePeers(view, memory));
    switch (column.type().form()) {
      case SPARSE_UNION, DENSE_UNION -> assertIsNotThePeers(column.data(), memory);
      case RUNS -> assertIsNotThePeers(column.children().getFirst().data(), memory);
      default -> assertThat(column.rows()).isNotNegative();
    }
    column.children().forEach(child -> checkFollowed(child, memory, kinds));
  }

  private static void assertIsNotThePeers(TensorView view, HeldLease.OfMemory memory) {
    assertThat(view.dataType()).isNotEqualTo(DataType.FLOAT64);
    PeerLocation location = PeerLocation.of(view);
    assertThat(location == null || !location.segment().equals(memory.location().segment()))
        .as("a copy: %s", view)
        .isTrue();
  }
}
