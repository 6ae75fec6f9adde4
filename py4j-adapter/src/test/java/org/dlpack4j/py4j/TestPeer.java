package org.dlpack4j.py4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.py4j.Payload.payload;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dlpack4j.internal.EventPoll;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.Packets;
import org.dlpack4j.internal.SystemCalls;
import org.dlpack4j.internal.UnixSockets;

/** A peer as another process would be one, byte by byte from the wire format's description. */
final class TestPeer implements AutoCloseable {

  static final int HELLO = 1;
  static final int WELCOME = 2;
  static final int FETCH = 3;
  static final int GRANT = 4;
  static final int SEGMENT = 5;
  static final int REFUSED = 6;
  static final int RELEASE = 7;
  static final int ALLOC = 8;
  static final int PUBLISH = 9;
  static final int OK = 10;
  static final int DROP = 11;
  static final int RETIRE = 12;
  static final int LIST = 13;
  static final int NAMES = 14;
  static final int REMOVE = 15;

  private static final int PATIENCE_MILLIS = 20_000;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;

  /** A segment as it was sent. */
  private record Segment(int fd, long bytes, int mode) {}

  private final int fd;
  private final Packets packets = new Packets(1 << 18, true);
  private final EventPoll poll = new EventPoll();
  private final Arena arena = Arena.ofShared();
  private final Map<Long, Segment> segments = new HashMap<>();
  private int requests = 100;
  private long retired;

  private TestPeer(int fd) {
    this.fd = fd;
    poll.add(fd, EventPoll.IN, 0);
  }

  /** Connects and says nothing. */
  static TestPeer knocking(String ticket) {
    long fd = UnixSockets.open();
    assertThat(fd).isNotNegative();
    TestPeer peer = new TestPeer((int) fd);
    long connected;
    do {
      connected = UnixSockets.connect(peer.fd, field(ticket, 2));
    } while (connected == -Packets.EAGAIN); // as many wait as may wait
    assertThat(connected).as("connect").isZero();
    return peer;
  }

  /** Connects and is let in. */
  static TestPeer connect(TensorService service) {
    String ticket = service.open();
    TestPeer peer = knocking(ticket);
    peer.hello(ticket);
    Reply welcome = peer.receive();
    assertThat(welcome.type()).isEqualTo(WELCOME);
    assertThat(welcome.i32()).isEqualTo(1);
    return peer;
  }

  /** A part of a ticket without a path. */
  static String field(String ticket, int index) {
    return ticket.split(":", -1)[index];
  }

  void hello(String ticket) {
    byte[] token = HexFormat.of().parseHex(field(ticket, 3));
    send(HELLO, 1, payload().i32(1).bytes(token).string("a test"));
  }

  void send(int type, int request, Payload payload) {
    assertThat(trySend(type, 0, request, payload.toBytes())).isPositive();
  }

  /** Sends a message in parts of so many bytes. */
  void sendInParts(int type, int request, Payload payload, int part) {
    byte[] bytes = payload.toBytes();
    for (int at = 0; at < bytes.length; at += part) {
      int end = Math.min(bytes.length, at + part);
      byte[] slice = Arrays.copyOfRange(bytes, at, end);
      assertThat(trySend(type, end < bytes.length ? 1 : 0, request, slice)).isPositive();
    }
  }

  long trySend(int type, int flags, int request, byte[] payload) {
    ByteBuffer packet = ByteBuffer.allocate(8 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    packet.putShort((short) type).putShort((short) flags).putInt(request).put(payload);
    return sendRaw(packet.array(), -1);
  }

  long sendRaw(byte[] packet, int with) {
    return packets.send(fd, packet, with);
  }

  /** The next message, whole. */
  Reply receive() {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    for (; ; ) {
      await();
      long length = packets.receive(fd);
      assertThat(length).as("a message").isGreaterThanOrEqualTo(8);
      assertThat(length).isLessThanOrEqualTo(1 << 16);
      ByteBuffer packet = packets.received();
      int type = packet.getShort();
      int flags = packet.getShort();
      int request = packet.getInt();
      byte[] bytes = new byte[packet.remaining()];
      packet.get(bytes);
      payload.writeBytes(bytes);
      if (flags == 0) {
        ByteBuffer all = ByteBuffer.wrap(payload.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        return new Reply(type, request, all, packets.descriptor());
      }
    }
  }

  /** Nothing has come yet. */
  boolean hasNothing() {
    return packets.receive(fd) == -Packets.EAGAIN;
  }

  /** Waits until the service has hung up; what comes before that is ignored. */
  void awaitHangup() {
    long length;
    do {
      await();
      length = packets.receive(fd);
    } while (length > 0);
    assertThat(length).as("end").isIn(0L, -104L); // or reset, if it left something unread
  }

  private void await() {
    assertThat(poll.await(PATIENCE_MILLIS)).as("something to receive").isPositive();
  }

  int nextRequest() {
    return ++requests;
  }

  Granted fetch(String name) {
    return fetch(name, false);
  }

  Granted fetch(String name, boolean writable) {
    int request = nextRequest();
    send(FETCH, request, payload().u8(writable ? 1 : 0).string(name));
    return granted(request);
  }

  Granted alloc(long bytes) {
    int request = nextRequest();
    send(ALLOC, request, payload().i64(bytes));
    return granted(request);
  }

  private Granted granted(int request) {
    for (; ; ) {
      Reply reply = receiveFor(request);
      if (reply.type() == SEGMENT) {
        long id = reply.i64();
        assertThat(segments).as("sent once").doesNotContainKey(id);
        assertThat(reply.fd()).as("a descriptor").isNotNegative();
        long bytes = reply.i64();
        assertThat(reply.u8()).as("kind").isZero();
        segments.put(id, new Segment(reply.fd(), bytes, reply.u8()));
        continue;
      }
      assertThat(reply.type()).as("granted: %s", text(reply)).isEqualTo(GRANT);
      return new Granted(reply.i64(), reply.i64(), reply.payload());
    }
  }

  private static String text(Reply reply) {
    return reply.type() == REFUSED
        ? new String(reply.payload().array(), StandardCharsets.UTF_8)
        : "";
  }

  /** The next message but those that nobody asked for. */
  Reply receiveFor(int request) {
    Reply reply = receive();
    while (reply.type() == RETIRE) {
      retired = reply.i64();
      reply = receive();
    }
    assertThat(reply.request()).isEqualTo(request);
    return reply;
  }

  /** Asks, and expects to be refused. */
  Reply refusal(int type, Payload payload, int code) {
    int request = nextRequest();
    send(type, request, payload);
    Reply reply = receiveFor(request);
    assertThat(reply.type()).isEqualTo(REFUSED);
    assertThat(reply.u16()).as("reason").isEqualTo(code);
    return reply;
  }

  /** Asks, and expects to hear OK. */
  long ok(int type, Payload payload) {
    int request = nextRequest();
    send(type, request, payload);
    Reply reply = receiveFor(request);
    assertThat(reply.type()).as("ok: %s", text(reply)).isEqualTo(OK);
    return reply.i64();
  }

  void release(long... leases) {
    Payload payload = payload().i32(leases.length);
    for (long lease : leases) {
      payload.i64(lease);
    }
    send(RELEASE, 0, payload);
  }

  void drop(long segment) {
    SystemCalls.close(segment(segment).fd());
    segments.remove(segment);
    send(DROP, 0, payload().i64(segment));
  }

  List<String> names() {
    int request = nextRequest();
    send(LIST, request, payload());
    Reply reply = receiveFor(request);
    assertThat(reply.type()).isEqualTo(NAMES);
    List<String> names = new ArrayList<>();
    for (int left = reply.i32(); left > 0; left--) {
      names.add(reply.string());
      reply.i64();
      reply.i64();
    }
    return names;
  }

  /** What the service has done for all that this peer has sent. */
  void settle() {
    names();
  }

  /** The last generation of a RETIRE that came before an answer. */
  long retired() {
    return retired;
  }

  int segmentFd(long segment) {
    return segment(segment).fd();
  }

  private Segment segment(long id) {
    return Objects.requireNonNull(segments.get(id), "a segment that was sent");
  }

  int segmentMode(long segment) {
    return segment(segment).mode();
  }

  int segmentCount() {
    return segments.size();
  }

  /** Maps a segment as a peer does; an error's number, negated, if the kernel refuses. */
  long tryMap(long segment, boolean writable) {
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    return SystemCalls.mmap(
        0, segment(segment).bytes(), protection, MAP_SHARED, segmentFd(segment));
  }

  /** A segment in the peer's own mapping. */
  MemorySegment map(long segment, boolean writable) {
    long address = tryMap(segment, writable);
    assertThat(address).as("mapped").isPositive();
    return Memory.within(address, segment(segment).bytes(), arena);
  }

  @Override
  public void close() {
    SystemCalls.close(fd);
    segments.values().forEach(segment -> SystemCalls.close(segment.fd()));
    segments.clear();
    poll.close();
    packets.close();
    arena.close();
  }
}
