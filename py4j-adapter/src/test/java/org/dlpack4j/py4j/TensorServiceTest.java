package org.dlpack4j.py4j;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.dlpack4j.py4j.Payload.payload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.dlpack4j.py4j.Granted.Tensor;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorServiceTest {

  private static final int READ_ONLY = 1;
  private static final int IS_COPIED = 2;

  private final SharedMemory pool = SharedMemory.create();
  private final TensorService service = TensorService.start();

  @AfterEach
  void close() {
    service.close();
    pool.close();
  }

  @Test
  void aPeerReadsTheVeryBytesThatThisJvmWrites() throws InterruptedException {
    SharedNumbers numbers = SharedNumbers.of(pool, 1000);
    long copied = Copies.statistics().copies();
    service.publish("numbers", numbers.view(), numbers.owner());
    try (TestPeer peer = TestPeer.connect(service)) {
      Granted granted = peer.fetch("numbers");
      Tensor tensor = granted.tensor();
      MemorySegment seen = peer.map(tensor.segment(), false);
      assertThat(seen.get(JAVA_LONG, tensor.offset() + 999 * 8)).isEqualTo(999);

      numbers.memory().setAtIndex(JAVA_LONG, 7, -1);
      assertThat(seen.get(JAVA_LONG, tensor.offset() + 7 * 8)).isEqualTo(-1);
      assertThat(tensor.shape()).containsExactly(1000L);
      assertThat(tensor.flags()).isEqualTo(READ_ONLY);
    }
    assertThat(Copies.statistics().copies()).isEqualTo(copied);
    assertThat(service.statistics().copies()).isZero();
    assertThat(service.unpublish("numbers", Services.PATIENCE)).isTrue();
    numbers.owner().assertReleasedOnce();
  }

  @Test
  void otherMemoryIsCopiedOnceAndSaysSo() throws InterruptedException {
    Arena arena = Arena.ofShared();
    MemorySegment memory = arena.allocateFrom(JAVA_INT, 0, 1, 2, 3, 4, 5);
    TensorView everySecond =
        TensorView.of(memory, DataType.INT32, TensorLayout.contiguous(6).slice(0, 0, 6, 2));
    CountingOwner owner = new CountingOwner(Owner.closing(arena));
    service.publish("some", everySecond, owner);
    owner.assertReleasedOnce(); // at once, as nothing of it is used any more
    try (TestPeer peer = TestPeer.connect(service)) {
      Tensor tensor = peer.fetch("some").tensor();
      assertThat(tensor.flags()).isEqualTo(READ_ONLY | IS_COPIED);
      MemorySegment seen = peer.map(tensor.segment(), false);
      assertThat(seen.asSlice(tensor.offset(), 12).toArray(JAVA_INT)).containsExactly(0, 2, 4);
      peer.fetch("some");
    }
    assertThat(service.statistics().copies()).isEqualTo(1);
    assertThat(service.statistics().copiedBytes()).isEqualTo(12);
  }

  @Test
  void refusesToCopyIfToldSoAndLeavesTheOwnerWithTheCaller() {
    CountingOwner owner = CountingOwner.ofNothing();
    try (Arena arena = Arena.ofConfined();
        TensorService strict = TensorService.start(TensorServiceOptions.DEFAULT.withoutCopies())) {
      TensorView view = TensorView.of(arena.allocate(64), DataType.INT8, 64);
      assertThatThrownBy(() -> strict.publish("x", view, owner))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("copies are refused");
      assertThat(strict.names()).isEmpty();
    }
    assertThat(owner.releases()).isZero();
  }

  @Test
  void refusesANameThatIsNoneAndLeavesTheExportWithTheCaller() {
    SharedNumbers numbers = SharedNumbers.of(pool, 1);
    try (ExportedTensor exported = TensorExporter.export(numbers.view(), numbers.owner())) {
      assertThatThrownBy(() -> service.publish("", exported))
          .hasMessageContaining("expected 1 to 1024 bytes");
      assertThat(exported.view().dataAddress()).isEqualTo(numbers.view().address());
    }
  }

  @Test
  void refusesAnExportThatWasGivenAway() {
    SharedNumbers numbers = SharedNumbers.of(pool, 1);
    ExportedTable exported =
        TableExporter.export(Table.of(Column.of("n", numbers.view())), numbers.owner());
    exported.close();
    assertThatThrownBy(() -> service.publish("n", exported))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(service.names()).isEmpty();
  }

  @Test
  void aTableCrossesWithItsNamesAndFormats() {
    SharedNumbers id = SharedNumbers.of(pool, 3);
    SharedNumbers amount = SharedNumbers.of(pool, 3);
    Table table = Table.of(Column.of("id", id.view()), Column.of("amount", amount.view()));
    service.publish("t", TableExporter.export(table, both(id, amount)));
    try (TestPeer peer = TestPeer.connect(service)) {
      Granted granted = peer.fetch("t");
      var object = granted.object();
      assertThat(object.get()).isEqualTo((byte) 2);
      assertThat(object.getLong()).isEqualTo(3);
      assertThat(object.getInt()).isEqualTo(2);
      assertThat(object.getShort()).isEqualTo((short) 2);
      assertThat((char) object.get()).isEqualTo('i');
      assertThat((char) object.get()).isEqualTo('d');
      assertThat(object.getShort()).isEqualTo((short) 1);
      assertThat((char) object.get()).isEqualTo('l');
      assertThat(peer.segmentCount()).isEqualTo(1);
    }
  }

  private static Owner both(SharedNumbers a, SharedNumbers b) {
    return Owner.nonBlocking(
        () -> {
          a.owner().release();
          b.owner().release();
        });
  }

  @Test
  void aBlockingOwnerIsReleasedByTheReaperAndNotByThePollThread() throws InterruptedException {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("n", numbers.view(), numbers.owner());
    try (TestPeer peer = TestPeer.connect(service)) {
      Granted granted = peer.fetch("n");
      assertThat(service.unpublish("n", Duration.ZERO)).isFalse();
      peer.release(granted.lease());
      assertThat(service.unpublish("n", Services.PATIENCE)).isTrue();
    }
    numbers.owner().assertReleasedOnce();
    Thread by = Objects.requireNonNull(numbers.owner().releasedBy());
    assertThat(by.getName()).isNotEqualTo("dlpack4j-py4j");
  }

  @Test
  void unpublishingWaitsForLeasesAndTheyKeepTheirBytes() throws InterruptedException {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("n", numbers.view(), numbers.owner());
    try (TestPeer peer = TestPeer.connect(service)) {
      Tensor tensor = peer.fetch("n").tensor();
      assertThat(service.unpublish("n", Duration.ofMillis(20))).isFalse();
      assertThat(service.names()).isEmpty();
      assertThat(numbers.owner().releases()).isZero();
      MemorySegment seen = peer.map(tensor.segment(), false);
      assertThat(seen.get(JAVA_LONG, tensor.offset() + 72)).isEqualTo(9);
      assertThat(peer.receive().type()).isEqualTo(TestPeer.RETIRE);
      assertThat(peer.refusal(TestPeer.FETCH, payload().u8(0).string("n"), 1).string())
          .contains("expected a published one, of which there is none, but found n");
    }
    assertThat(service.unpublish("n", Services.PATIENCE)).isTrue();
    numbers.owner().assertReleasedOnce();
  }

  @Test
  void whoHearsOfANewObjectFindsTheOldOneRetired() throws InterruptedException {
    SharedNumbers first = SharedNumbers.of(pool, 10);
    SharedNumbers second = SharedNumbers.of(pool, 20);
    service.publish("n", first.view(), first.owner());
    try (TestPeer peer = TestPeer.connect(service)) {
      Granted before = peer.fetch("n");
      assertThat(peer.hasNothing()).isTrue();
      service.publish("n", second.view(), second.owner());
      // No waiting here: the message is there when publish returns.
      assertThat(peer.hasNothing()).isFalse();
      Granted after = peer.fetch("n");
      assertThat(after.generation()).isGreaterThan(before.generation());
      assertThat(after.tensor().shape()).containsExactly(20L);
      assertThat(first.owner().releases()).isZero();
      peer.release(before.lease());
      peer.settle();
    }
    first.owner().assertReleasedOnce();
    assertThat(second.owner().releases()).isZero();
  }

  @Test
  void aNewNameRetiresNothing() {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    try (TestPeer peer = TestPeer.connect(service)) {
      service.publish("n", numbers.view(), numbers.owner());
      assertThat(peer.names()).containsExactly("n");
    }
  }

  @Test
  void tellsWhoHoldsWhat() {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("n", numbers.view(), numbers.owner());
    try (TestPeer peer = TestPeer.connect(service)) {
      Granted granted = peer.fetch("n");
      Granted memory = peer.alloc(100);
      assertThat(service.leases())
          .extracting(Lease::id, Lease::name, Lease::bytes, Lease::pid)
          .containsExactlyInAnyOrder(
              tuple(granted.lease(), Optional.of("n"), 80L, ProcessHandle.current().pid()),
              tuple(memory.lease(), Optional.empty(), 100L, ProcessHandle.current().pid()));
      assertThat(service.leases()).allMatch(lease -> lease.age().toNanos() >= 0);
      assertThat(service.statistics().leases()).isEqualTo(2);
      assertThat(service.statistics().grants()).isEqualTo(2);
      assertThat(service.statistics().segmentsSent()).isEqualTo(2);
    }
    Services.await("leases end with their peer", () -> service.leases().isEmpty());
    Services.await("and so does its session", () -> service.statistics().sessions() == 0);
  }

  @Test
  void aSegmentIsSentOnceUntilItIsDropped() {
    SharedNumbers first = SharedNumbers.of(pool, 10);
    SharedNumbers second = SharedNumbers.of(pool, 10);
    service.publish("a", first.view(), first.owner());
    service.publish("b", second.view(), second.owner());
    try (TestPeer peer = TestPeer.connect(service)) {
      long segment = peer.fetch("a").tensor().segment();
      peer.fetch("b");
      peer.drop(segment);
      assertThat(peer.fetch("a").tensor().segment()).isEqualTo(segment);
      peer.settle();
    }
    assertThat(service.statistics().segmentsSent()).isEqualTo(2);
  }

  @Test
  void writesOnlyWhereThePoolLetsPeersWrite() {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("fixed", numbers.view(), numbers.owner());
    try (SharedMemory open = SharedMemory.create(SharedMemoryOptions.DEFAULT.writableByPeers());
        TestPeer peer = TestPeer.connect(service)) {
      SharedNumbers writable = SharedNumbers.of(open, 10);
      service.publish("open", writable.view(), writable.owner());
      assertThat(peer.refusal(TestPeer.FETCH, payload().u8(1).string("fixed"), 2).string())
          .contains("writableByPeers()");
      Tensor tensor = peer.fetch("open", true).tensor();
      assertThat(tensor.flags()).isZero();
      assertThat(peer.segmentMode(tensor.segment())).isEqualTo(1);
      peer.map(tensor.segment(), true).set(JAVA_LONG, tensor.offset(), 42);
      assertThat(writable.memory().get(JAVA_LONG, 0)).isEqualTo(42);
      assertThat(peer.fetch("open").tensor().flags()).isEqualTo(READ_ONLY);
    }
  }

  @Test
  void whatThisJvmFetchesOutlivesTheNameAndTheService() throws InterruptedException {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("n", numbers.view(), numbers.owner());
    ExportedTensor fetched = service.fetchTensor("n");
    assertThat(service.unpublish("n", Duration.ZERO)).isFalse();
    service.close();
    assertThat(fetched.view().dataAddress()).isEqualTo(numbers.view().dataAddress());
    assertThat(numbers.owner().releases()).isZero();
    fetched.close();
    numbers.owner().assertReleasedOnce();
  }

  @Test
  void tellsWhichMethodFetchesWhat() {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("n", Column.of("n", numbers.view()), numbers.owner());
    assertThatThrownBy(() -> service.fetchTensor("n")).hasMessageContaining("use fetch");
    assertThatThrownBy(() -> service.fetch("m")).hasMessageContaining("expected one of [n]");
    try (ExportedTable fetched = service.fetch("n")) {
      assertThat(fetched.table().columns()).hasSize(1);
    }
  }

  @Test
  void aClosedServiceRefusesAndSaysSo() {
    service.close();
    service.close();
    CountingOwner owner = CountingOwner.ofNothing();
    TensorView view = TensorView.of(Arena.ofAuto().allocate(8), DataType.INT8, 8);
    assertThatThrownBy(() -> service.publish("x", view, owner)).hasMessageContaining("closed");
    assertThatThrownBy(service::open).hasMessageContaining("start another");
    assertThat(owner.releases()).isZero();
  }

  @Test
  void theSharedServiceIsOneUntilItIsClosed() {
    TensorService first = TensorService.shared();
    assertThat(TensorService.shared()).isSameAs(first);
    first.close();
    TensorService second = TensorService.shared();
    assertThat(second).isNotSameAs(first);
    second.close();
  }

  @Test
  void emptyTensorsHaveAPlaceToo() {
    TensorView nothing = TensorView.of(Arena.ofAuto().allocate(8), DataType.FLOAT32, 0, 5);
    service.publish("nothing", nothing, CountingOwner.ofNothing());
    try (TestPeer peer = TestPeer.connect(service)) {
      Tensor tensor = peer.fetch("nothing").tensor();
      assertThat(tensor.shape()).containsExactly(0L, 5L);
      assertThat(peer.segmentFd(tensor.segment())).isNotNegative();
    }
    assertThat(service.statistics().copies()).isZero();
  }

  @Test
  void closingTheServiceHangsUpAndReleasesEverything() throws InterruptedException {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("n", numbers.view(), numbers.owner());
    try (TestPeer peer = TestPeer.connect(service)) {
      Tensor tensor = peer.fetch("n").tensor();
      MemorySegment seen = peer.map(tensor.segment(), false);
      service.close();
      peer.awaitHangup();
      numbers.owner().assertReleasedOnce();
      pool.close();
      assertThat(seen.get(JAVA_LONG, tensor.offset() + 8)).isEqualTo(1); // still mapped there
    }
  }
}
