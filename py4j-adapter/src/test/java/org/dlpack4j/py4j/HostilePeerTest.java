package org.dlpack4j.py4j;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dlpack4j.py4j.Payload.payload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dlpack4j.internal.Packets;
import org.dlpack4j.internal.SystemCalls;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.py4j.Granted.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Peers that break the rules: they are dropped with all that they held, and others notice nothing.
 */
class HostilePeerTest {

  private static final int EPERM = 1;

  private final SharedMemory pool = SharedMemory.create();
  private final TensorService service = TensorService.start();
  private final SharedNumbers numbers = SharedNumbers.of(pool, 10);
  private TestPeer other;

  @BeforeEach
  void publish() {
    service.publish("n", numbers.view(), numbers.owner());
    other = TestPeer.connect(service);
    other.fetch("n");
  }

  /** Whatever happened: the other peer goes on, and its lease is the only one. */
  @AfterEach
  void theOtherPeerGoesOn() throws InterruptedException {
    Services.await("only the other's lease is left", () -> service.statistics().leases() == 1);
    assertThat(other.fetch("n").tensor().shape()).containsExactly(10L);
    assertThat(numbers.owner().releases()).isZero();
    other.close();
    assertThat(service.unpublish("n", Services.PATIENCE)).isTrue();
    numbers.owner().assertReleasedOnce();
    assertThat(service.statistics().pendingPackets()).isZero();
    service.close();
    pool.close();
  }

  private void expectViolation(Consumer<TestPeer> crime) {
    long before = service.statistics().violations();
    try (TestPeer peer = TestPeer.connect(service)) {
      peer.fetch("n");
      crime.accept(peer);
      peer.awaitHangup();
    }
    assertThat(service.statistics().violations()).isEqualTo(before + 1);
  }

  static Stream<Arguments> brokenMessages() {
    return Stream.of(
        Arguments.of("no type of ours", 99, payload()),
        Arguments.of("our own WELCOME", TestPeer.WELCOME, payload().i32(1).i64(1).i64(1)),
        Arguments.of("our own GRANT", TestPeer.GRANT, payload().i64(1).i64(1).u8(0)),
        Arguments.of("HELLO again", TestPeer.HELLO, payload().i32(1).i64(0).i64(0).string("x")),
        Arguments.of("FETCH without a name", TestPeer.FETCH, payload().u8(0)),
        Arguments.of("FETCH with unknown flags", TestPeer.FETCH, payload().u8(2).string("n")),
        Arguments.of("FETCH with a name cut off", TestPeer.FETCH, payload().u8(0).u16(9).u8('n')),
        Arguments.of("FETCH and more", TestPeer.FETCH, payload().u8(0).string("n").u8(0)),
        Arguments.of("a name not of UTF-8", TestPeer.FETCH, payload().u8(0).u16(1).u8(0xFF)),
        Arguments.of("RELEASE of more than are there", TestPeer.RELEASE, payload().i32(-1)),
        Arguments.of("RELEASE of nobody's", TestPeer.RELEASE, payload().i32(1).i64(999_999)),
        Arguments.of("DROP of nobody's", TestPeer.DROP, payload().i64(999_999)),
        Arguments.of("ALLOC without a size", TestPeer.ALLOC, payload()),
        Arguments.of(
            "PUBLISH in nobody's memory",
            TestPeer.PUBLISH,
            payload().i64(999_999).string("x").u8(0).tensor(1, 0, 0, 8, 0, 1)),
        Arguments.of(
            "PUBLISH of no kind",
            TestPeer.PUBLISH,
            payload().i64(1).string("x").u8(3).tensor(1, 0, 0, 8, 0, 1)),
        Arguments.of(
            "PUBLISH of a table of more columns than bytes",
            TestPeer.PUBLISH,
            payload().i64(1).string("x").u8(2).i64(1).i32(-1)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenMessages")
  void dropsWhoSends(String what, int type, Payload message) {
    expectViolation(peer -> peer.send(type, 5, message));
  }

  @Test
  void dropsWhoSendsLessThanAHeader() {
    expectViolation(peer -> assertThat(peer.sendRaw(new byte[7], -1)).isEqualTo(7));
  }

  @Test
  void dropsWhoSendsMoreThanAPacket() {
    expectViolation(peer -> peer.sendRaw(new byte[(1 << 16) + 1], -1));
  }

  @Test
  void dropsWhoSendsUnknownPacketFlags() {
    expectViolation(peer -> peer.trySend(TestPeer.LIST, 2, 5, new byte[0]));
  }

  @Test
  void dropsWhoMixesTwoMessages() {
    expectViolation(
        peer -> {
          peer.trySend(TestPeer.RELEASE, 1, 5, new byte[4]);
          peer.trySend(TestPeer.RELEASE, 0, 6, new byte[4]);
        });
  }

  @Test
  void dropsWhoNeverEndsAMessage() {
    expectViolation(
        peer -> {
          long sent = 1;
          for (int i = 0; i < 10_000 && (sent > 0 || sent == -11); i++) {
            sent = peer.trySend(TestPeer.RELEASE, 1, 5, new byte[60_000]);
          }
        });
  }

  @Test
  void dropsWhoGivesALeaseBackTwice() {
    expectViolation(
        peer -> {
          long lease = peer.fetch("n").lease();
          peer.release(lease, lease);
        });
  }

  @Test
  void dropsWhoGivesAnothersLeaseBack() {
    long others = other.fetch("n").lease();
    expectViolation(peer -> peer.release(others));
    other.release(others);
    other.settle();
  }

  @Test
  void dropsWhoDropsASegmentTwice() {
    expectViolation(
        peer -> {
          long segment = peer.fetch("n").tensor().segment();
          peer.send(TestPeer.DROP, 0, payload().i64(segment));
          peer.send(TestPeer.DROP, 0, payload().i64(segment));
        });
  }

  @Test
  void dropsWhoSendsDescriptorsAndOpensNone() {
    byte[] list =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 13).array();
    long before = descriptors();
    expectViolation(
        peer -> {
          long file = SystemCalls.memfdCreate("sent", 1);
          peer.sendRaw(list, (int) file);
          SystemCalls.close((int) file);
        });
    Services.await("descriptors are as before", () -> descriptors() <= before);
  }

  @Test
  void anotherUserIsNotLetIn() {
    try (TensorService strict =
        TensorService.start(TensorServiceOptions.DEFAULT, Limits.DEFAULT, peer -> false)) {
      String ticket = strict.open();
      try (TestPeer peer = TestPeer.knocking(ticket)) {
        peer.awaitHangup();
      }
      assertThat(strict.statistics().refusedConnections()).isEqualTo(1);
      assertThat(strict.statistics().sessions()).isZero();
    }
  }

  @Test
  void aWrongTokenIsNotLetIn() {
    String ticket = service.open();
    String token = TestPeer.field(ticket, 3);
    String wrong = ticket.replace(token, "0".repeat(32));
    try (TestPeer peer = TestPeer.knocking(wrong)) {
      peer.hello(wrong);
      peer.awaitHangup();
    }
    assertThat(service.statistics().refusedConnections()).isEqualTo(1);
  }

  @Test
  void aTokenIsGoodForOnePeer() {
    String ticket = service.open();
    try (TestPeer first = TestPeer.knocking(ticket);
        TestPeer second = TestPeer.knocking(ticket)) {
      first.hello(ticket);
      assertThat(first.receive().type()).isEqualTo(TestPeer.WELCOME);
      second.hello(ticket);
      second.awaitHangup();
      assertThat(first.names()).containsExactly("n");
    }
  }

  @Test
  void whoAsksBeforeSayingWhoItIsIsNotLetIn() {
    try (TestPeer peer = TestPeer.knocking(service.open())) {
      peer.send(TestPeer.LIST, 1, payload());
      peer.awaitHangup();
    }
  }

  @Test
  void whoSaysNothingIsDroppedInTheEnd() {
    try (TensorService impatient =
            Services.waitingFor(Services.SOON, Services.PATIENCE, Services.PATIENCE);
        TestPeer peer = TestPeer.knocking(impatient.open())) {
      peer.awaitHangup();
      assertThat(impatient.statistics().refusedConnections()).isEqualTo(1);
    }
  }

  @Test
  void anOldTicketIsGoodForNobody() throws InterruptedException {
    try (TensorService impatient =
        Services.waitingFor(Services.PATIENCE, Services.PATIENCE, Services.SOON)) {
      String ticket = impatient.open();
      long end = System.nanoTime() + Services.SOON.plusMillis(50).toNanos();
      Services.await("the ticket is old", () -> System.nanoTime() > end);
      try (TestPeer peer = TestPeer.knocking(ticket)) {
        peer.hello(ticket);
        peer.awaitHangup();
      }
      assertThat(impatient.statistics().sessionsOpened()).isZero();
    }
  }

  @Test
  void whoNeverReadsIsDroppedAndCostsNoMoreThanOneAnswer() {
    // Long enough for this thread to fill the socket meanwhile.
    Duration unread = Duration.ofSeconds(2);
    try (TensorService impatient =
            Services.waitingFor(Services.PATIENCE, unread, Services.PATIENCE);
        SharedMemory memory = SharedMemory.create()) {
      SharedNumbers held = SharedNumbers.of(memory, 10);
      impatient.publish("n", held.view(), held.owner());
      try (TestPeer peer = TestPeer.connect(impatient)) {
        byte[] fetch = payload().u8(0).string("n").toBytes();
        Services.await(
            "the service has stopped reading",
            () ->
                fill(peer, fetch) == -Packets.EAGAIN
                    && impatient.statistics().pendingPackets() > 0);
        assertThat(impatient.statistics().pendingPackets()).isLessThanOrEqualTo(2);
        Services.await("it is dropped", () -> impatient.statistics().sessions() == 0);
        assertThat(impatient.leases()).isEmpty();
      }
    }
  }

  /** Sends until there is no room; what is said then. */
  private static long fill(TestPeer peer, byte[] fetch) {
    long sent = 1;
    for (int i = 0; i < 200_000 && sent > 0; i++) {
      sent = peer.trySend(TestPeer.FETCH, 0, i, fetch);
    }
    return sent;
  }

  @Test
  void tenThousandConnectionsAreRefusedOrServedAndLeaveNothing() {
    long before = descriptors();
    String ticket = service.open();
    List<TestPeer> silent = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      TestPeer peer = TestPeer.knocking(ticket);
      if (i % 100 == 0) {
        silent.add(peer);
      } else {
        peer.close();
      }
    }
    assertThat(service.statistics().sessions()).isLessThanOrEqualTo(64 + 1);
    silent.forEach(TestPeer::close);
    Services.await("only the other is left", () -> service.statistics().sessions() == 1);
    try (TestPeer late = TestPeer.connect(service)) {
      assertThat(late.names()).containsExactly("n");
    }
    Services.await("no descriptor is left", () -> descriptors() <= before);
  }

  @Test
  void aPeerCannotChangeOrShrinkWhatItReads() {
    try (TestPeer peer = TestPeer.connect(service)) {
      Tensor tensor = peer.fetch("n").tensor();
      int fd = peer.segmentFd(tensor.segment());
      assertThat(peer.tryMap(tensor.segment(), true)).isEqualTo(-EPERM);
      Path file = Path.of("/proc/self/fd/" + fd);
      assertThat(file).isReadable();
      assertThatThrownBy(() -> truncate(file)).isInstanceOf(IOException.class);
      assertThat(numbers.memory().getAtIndex(JAVA_LONG, 9)).isEqualTo(9);
    }
  }

  private static void truncate(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
  }

  @Test
  void manyLeasesEndWithTheirPeer() {
    try (TestPeer peer = TestPeer.connect(service)) {
      for (int i = 0; i < 5_000; i++) {
        Granted granted = peer.fetch("n");
        assertThat(granted.lease()).isPositive();
      }
      assertThat(service.statistics().leases()).isEqualTo(5_001);
    }
  }

  private static long descriptors() {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
