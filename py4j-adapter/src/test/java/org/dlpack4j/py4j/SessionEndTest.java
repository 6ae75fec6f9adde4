package org.dlpack4j.py4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dlpack4j.py4j.Payload.payload;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.dlpack4j.memory.SharedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How sessions end, and what is told of it. */
class SessionEndTest {

  /** Says who it is, fetches, forks a child that keeps the socket, and waits to be killed. */
  private static final String PYTHON =
      """
      import os, socket, struct, sys
      _, version, name, token, pid, home = sys.argv[1].split(":")
      s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
      s.connect("\\0" + name)
      s.send(struct.pack("<HHI", 1, 0, 1) + struct.pack("<I", 1) + bytes.fromhex(token)
             + struct.pack("<H", 2) + b"py")
      assert s.recv(65536)[:2] == b"\\x02\\x00"
      s.send(struct.pack("<HHIBH", 3, 0, 2, 0, 1) + b"n")
      while s.recv(65536)[:2] != b"\\x04\\x00":
          pass
      child = os.fork()
      if child == 0:
          sys.stdin.read()
          os._exit(0)
      print(child, flush=True)
      sys.stdin.read()
      """;

  private final SharedMemory pool = SharedMemory.create();
  private final TensorService service = TensorService.start();

  @AfterEach
  void close() {
    service.close();
    pool.close();
  }

  @Test
  void aKilledProcessGivesEverythingBackThoughItsChildHasTheSocket() throws Exception {
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("n", numbers.view(), numbers.owner());
    Process python = new ProcessBuilder("python3", "-c", PYTHON, service.open()).start();
    try (BufferedReader out = python.inputReader()) {
      ProcessHandle child = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      assertThat(service.leases())
          .singleElement()
          .satisfies(lease -> assertThat(lease.pid()).isEqualTo(python.pid()));
      python.destroyForcibly().waitFor();
      Services.await("its lease ends", () -> service.leases().isEmpty());
      assertThat(child.isAlive()).as("the child has the socket still").isTrue();
      child.destroyForcibly();
    }
    assertThat(service.unpublish("n", Services.PATIENCE)).isTrue();
    numbers.owner().assertReleasedOnce();
  }

  @Test
  void aPeerThatLeavesLeavesNothing() {
    long before = pool.statistics().liveAllocations();
    long mapped = mappedSegments();
    for (int i = 0; i < 200; i++) {
      SharedNumbers numbers = SharedNumbers.of(pool, 100);
      service.publish("n", numbers.view(), numbers.owner());
      try (TestPeer peer = TestPeer.connect(service)) {
        peer.fetch("n");
        peer.alloc(5_000_000);
      }
    }
    Services.await("no lease is left", () -> service.statistics().leases() == 0);
    Services.await(
        "only the last has memory", () -> pool.statistics().liveAllocations() == before + 1);
    Services.await("no segment of a peer is mapped", () -> mappedSegments() <= mapped + 4);
  }

  private static long mappedSegments() {
    try {
      return Files.readAllLines(Path.of("/proc/self/maps")).stream()
          .filter(line -> line.contains("memfd:dlpack4j"))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aSessionThatDiesWhileItsMemoryIsSoughtLeavesNothing() {
    for (int i = 0; i < 50; i++) {
      try (TestPeer peer = TestPeer.connect(service)) {
        peer.send(TestPeer.ALLOC, 1, payload().i64(3_000_000));
      }
    }
    Services.await("no session is left", () -> service.statistics().sessions() == 0);
    assertThat(service.leases()).isEmpty();
  }

  @Test
  void flightRecorderIsToldOfSessionsAndLeases(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("events.jfr");
    SharedNumbers numbers = SharedNumbers.of(pool, 10);
    service.publish("n", numbers.view(), numbers.owner());
    try (Recording recording = new Recording()) {
      recording.enable("dlpack4j.Session");
      recording.enable("dlpack4j.Lease");
      recording.start();
      try (TestPeer peer = TestPeer.connect(service)) {
        for (int i = 0; i < 20_000; i++) {
          peer.release(peer.fetch("n").lease());
        }
        peer.fetch("n");
      }
      Services.await("the session is over", () -> service.statistics().sessions() == 0);
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("dlpack4j.Session"))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getString("client")).isEqualTo("a test");
              assertThat(event.getInt("pid")).isEqualTo((int) ProcessHandle.current().pid());
              assertThat(event.getInt("leases")).isEqualTo(1);
              assertThat(event.getString("end")).isEqualTo("it hung up");
            });
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("dlpack4j.Lease"))
        .isNotEmpty()
        .allSatisfy(
            event -> {
              assertThat(event.getString("name")).isEqualTo("n");
              assertThat(event.getLong("bytes")).isEqualTo(80);
              assertThat(event.getInt("sampling")).isEqualTo(1024);
            });
  }

  @Test
  void theSocketMayBeInADirectoryOfThisUserAlone(@TempDir Path directory) throws IOException {
    TensorServiceOptions options = TensorServiceOptions.DEFAULT.withSocketIn(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatThrownBy(() -> TensorService.start(options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mode 0700");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    try (TensorService inDirectory = TensorService.start(options);
        TestPeer peer = TestPeer.connect(inDirectory)) {
      assertThat(peer.names()).isEmpty();
      assertThat(directory).isNotEmptyDirectory();
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aTicketTellsWhereItIsGood() {
    String ticket = service.open();
    assertThat(ticket).matches("dlpack4j:1:dlpack4j-[0-9a-f]{32}:[0-9a-f]{32}:[0-9]+:.*/.*/.*");
    assertThat(TestPeer.field(ticket, 4)).isEqualTo("" + ProcessHandle.current().pid());
    assertThat(service.open()).isNotEqualTo(ticket);
  }
}
