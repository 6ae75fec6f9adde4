package org.dlpack4j.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketsTest {

  private static final int PATIENCE_MILLIS = 20_000;
  private static final int ECONNREFUSED = 111;
  private static final int MFD_CLOEXEC = 1;

  private final String name = "dlpack4j-test-" + UUID.randomUUID();
  private final List<Integer> descriptors = new ArrayList<>();

  @AfterEach
  void close() {
    descriptors.forEach(SystemCalls::close);
  }

  private int open(long descriptor) {
    assertThat(descriptor).isNotNegative();
    descriptors.add((int) descriptor);
    return (int) descriptor;
  }

  private int listening(String at) {
    int fd = open(UnixSockets.open());
    assertThat(UnixSockets.bind(fd, at)).isZero();
    assertThat(UnixSockets.listen(fd, 5)).isZero();
    return fd;
  }

  private int connected(String at) {
    int fd = open(UnixSockets.open());
    assertThat(UnixSockets.connect(fd, at)).isZero();
    return fd;
  }

  @Test
  void packetsArriveApartAndWhole() {
    int listener = listening(name);
    int here = connected(name);
    int there = open(UnixSockets.accept(listener));
    try (Packets out = new Packets(100, false);
        Packets in = new Packets(100, false)) {
      assertThat(in.receive(there)).isEqualTo(-Packets.EAGAIN);
      assertThat(out.send(here, new byte[] {1, 2, 3}, -1)).isEqualTo(3);
      assertThat(out.send(here, new byte[] {4}, -1)).isEqualTo(1);
      assertThat(in.receive(there)).isEqualTo(3);
      assertThat(in.received().remaining()).isEqualTo(3);
      assertThat(in.received().get(2)).isEqualTo((byte) 3);
      assertThat(in.isTruncated()).isFalse();
      assertThat(in.receive(there)).isEqualTo(1);
      SystemCalls.close(here);
      assertThat(in.receive(there)).isZero();
    }
    descriptors.remove(Integer.valueOf(here));
  }

  @Test
  void tellsOfPacketsThatAreTooLong() {
    int listener = listening(name);
    int here = connected(name);
    int there = open(UnixSockets.accept(listener));
    try (Packets out = new Packets(200, false);
        Packets in = new Packets(100, false)) {
      out.send(here, new byte[101], -1);
      assertThat(in.receive(there)).isEqualTo(100);
      assertThat(in.isTruncated()).isTrue();
    }
  }

  @Test
  void aDescriptorComesWithAPacketAndIsTheSameFile() throws Exception {
    int listener = listening(name);
    int here = connected(name);
    int there = open(UnixSockets.accept(listener));
    int file = open(SystemCalls.memfdCreate("test", MFD_CLOEXEC));
    Files.writeString(Path.of("/proc/self/fd/" + file), "hello");
    try (Packets out = new Packets(100, false);
        Packets in = new Packets(100, true)) {
      out.send(here, new byte[] {1}, file);
      assertThat(in.receive(there)).isEqualTo(1);
      int received = open(in.descriptor());
      assertThat(received).isNotEqualTo(file);
      assertThat(Files.readString(Path.of("/proc/self/fd/" + received))).isEqualTo("hello");
      out.send(here, new byte[] {2}, -1);
      in.receive(there);
      assertThat(in.descriptor()).isEqualTo(-1);
    }
  }

  @Test
  void descriptorsThatAreNotWantedAreNotOpened() {
    int listener = listening(name);
    int here = connected(name);
    int there = open(UnixSockets.accept(listener));
    int file = open(SystemCalls.memfdCreate("test", MFD_CLOEXEC));
    try (Packets out = new Packets(100, false);
        Packets in = new Packets(100, false)) {
      out.send(here, new byte[] {1}, file);
      int next = open(SystemCalls.memfdCreate("probe", MFD_CLOEXEC));
      assertThat(in.receive(there)).isEqualTo(1);
      assertThat(in.hadMoreDescriptors()).isTrue();
      assertThat(in.descriptor()).isEqualTo(-1);
      assertThat(open(SystemCalls.memfdCreate("probe", MFD_CLOEXEC))).isNotEqualTo(next);
      out.send(here, new byte[] {1}, -1);
      in.receive(there);
      assertThat(in.hadMoreDescriptors()).isFalse();
    }
  }

  @Test
  void saysWhoConnected() {
    int listener = listening(name);
    connected(name);
    int there = open(UnixSockets.accept(listener));
    UnixSockets.Peer peer = UnixSockets.peer(there);
    assertThat(peer)
        .isEqualTo(new UnixSockets.Peer((int) ProcessHandle.current().pid(), UnixSockets.user()));
    assertThat(UnixSockets.peer(open(UnixSockets.eventfd()))).isNull();
  }

  @Test
  void aPathServesAsAName(@TempDir Path directory) {
    String path = directory.resolve("socket").toString();
    int listener = listening(path);
    connected(path);
    open(UnixSockets.accept(listener));
    assertThat(Path.of(path)).exists();
    int fd = open(UnixSockets.open());
    assertThat(UnixSockets.connect(fd, name)).isEqualTo(-ECONNREFUSED);
  }

  @Test
  void refusesNamesThatAreNone() {
    int fd = open(UnixSockets.open());
    assertThatThrownBy(() -> UnixSockets.bind(fd, "")).hasMessageContaining("1 to 107 bytes");
    assertThatThrownBy(() -> UnixSockets.connect(fd, "x".repeat(108)))
        .hasMessageContaining("found 108");
  }

  @Test
  void pollingTellsWhoIsReadyForWhat() {
    int first = open(UnixSockets.eventfd());
    int second = open(UnixSockets.eventfd());
    try (EventPoll poll = new EventPoll()) {
      assertThat(poll.add(first, EventPoll.IN, 7)).isZero();
      assertThat(poll.add(second, EventPoll.IN, Long.MAX_VALUE)).isZero();
      assertThat(poll.await(0)).isZero();
      UnixSockets.signal(second);
      assertThat(poll.await(PATIENCE_MILLIS)).isEqualTo(1);
      assertThat(poll.token(0)).isEqualTo(Long.MAX_VALUE);
      assertThat(poll.ready(0)).isEqualTo(EventPoll.IN);
      assertThat(UnixSockets.reset(second)).isEqualTo(8);
      assertThat(poll.await(0)).isZero();
      poll.modify(first, EventPoll.OUT, 8);
      assertThat(poll.await(PATIENCE_MILLIS)).isEqualTo(1);
      assertThat(poll.token(0)).isEqualTo(8);
      assertThat(poll.ready(0)).isEqualTo(EventPoll.OUT);
      assertThat(poll.remove(first)).isZero();
      assertThat(poll.await(0)).isZero();
    }
  }

  @Test
  void aProcessDescriptorIsReadableWhenTheProcessEnds() throws Exception {
    Process process = new ProcessBuilder("cat").start();
    int fd = open(UnixSockets.pidfdOpen((int) process.pid()));
    try (EventPoll poll = new EventPoll()) {
      poll.add(fd, EventPoll.IN, 1);
      assertThat(poll.await(0)).isZero();
      process.destroyForcibly();
      assertThat(poll.await(PATIENCE_MILLIS)).isEqualTo(1);
    }
    process.waitFor();
  }
}
