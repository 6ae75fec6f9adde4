package org.dlpack4j.py4j;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.py4j.Payload.payload;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.py4j.Granted.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a peer writes into memory that it got, and gives to everybody. */
class PeerPublicationTest {

  private static final int ALLOC_ON = 16;

  private static final int INT = 0;
  private static final int UINT = 1;
  private static final int READ_ONLY = 1;
  private static final int IS_COPIED = 2;

  private final TensorService service = TensorService.start();
  private TestPeer peer;
  private long allocation;
  private Tensor memory;
  private MemorySegment bytes;

  @BeforeEach
  void allocate() {
    peer = TestPeer.connect(service);
    Granted granted = peer.alloc(1024);
    allocation = granted.lease();
    memory = granted.tensor();
    bytes = peer.map(memory.segment(), true).asSlice(memory.offset(), 1024);
  }

  @AfterEach
  void close() {
    peer.close();
    service.close();
  }

  private Payload publish(String name) {
    return payload().i64(allocation).string(name);
  }

  private Payload tensor(String name, long at, int code, int bits, long... shape) {
    return publish(name).u8(0).tensor(memory.segment(), memory.offset() + at, code, bits, 0, shape);
  }

  @Test
  void memoryIsZeroedAndThePeersToWrite() {
    assertThat(memory.shape()).containsExactly(1024L);
    assertThat(memory.flags()).isZero();
    assertThat(bytes.mismatch(MemorySegment.ofArray(new byte[1024]))).isEqualTo(-1);
  }

  @Test
  void thisJvmReadsTheVeryBytesOfAPeerWhichMayBeGone() throws InterruptedException {
    for (int i = 0; i < 10; i++) {
      bytes.setAtIndex(JAVA_LONG, i, i * 7L);
    }
    long generation = peer.ok(TestPeer.PUBLISH, tensor("result", 0, INT, 64, 2, 5));
    assertThat(generation).isPositive();
    assertThat(service.await("result", Duration.ZERO)).isTrue();
    peer.close();
    Services.await("the peer is gone", () -> service.statistics().sessions() == 0);
    ExportedTensor exported = service.fetchTensor("result");
    try (ImportedTensor imported = TensorImporter.versioned().adopt(exported.transferOut())) {
      assertThat(imported.elements().getLong(1, 4)).isEqualTo(63);
    }
    assertThat(service.statistics().copies()).isZero();
    assertThat(service.unpublish("result", Services.PATIENCE)).isTrue();
    peer = TestPeer.connect(service);
  }

  @Test
  void anotherPeerReadsThemToo() {
    bytes.set(JAVA_LONG, 8, 5);
    peer.ok(TestPeer.PUBLISH, tensor("x", 8, INT, 64, 1));
    try (TestPeer second = TestPeer.connect(service)) {
      assertThat(second.names()).containsExactly("x");
      Tensor tensor = second.fetch("x").tensor();
      MemorySegment seen = second.map(tensor.segment(), false);
      assertThat(seen.get(JAVA_LONG, tensor.offset())).isEqualTo(5);
    }
  }

  @Test
  void whatAPeerHasCopiedSaysSoToOthers() {
    Payload copied =
        publish("copied").u8(0).tensor(memory.segment(), memory.offset(), INT, 64, IS_COPIED, 1);
    peer.ok(TestPeer.PUBLISH, copied);
    peer.ok(TestPeer.PUBLISH, tensor("born", 8, INT, 64, 1));
    try (TestPeer second = TestPeer.connect(service)) {
      assertThat(second.fetch("copied").tensor().flags()).isEqualTo(READ_ONLY | IS_COPIED);
      assertThat(second.fetch("born").tensor().flags()).isEqualTo(READ_ONLY);
    }
  }

  @Test
  void theAllocationServesSeveralObjectsAndMayBeGivenBackMeanwhile() throws InterruptedException {
    peer.ok(TestPeer.PUBLISH, tensor("a", 0, INT, 64, 1));
    peer.ok(TestPeer.PUBLISH, tensor("b", 64, INT, 64, 1));
    peer.release(allocation);
    assertThat(service.unpublish("a", Services.PATIENCE)).isTrue();
    bytes.set(JAVA_LONG, 64, 3);
    try (ExportedTensor left = service.fetchTensor("b")) {
      assertThat(Memory.ALL.get(JAVA_LONG, left.view().dataAddress())).isEqualTo(3);
    }
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        Arguments.of("another segment", 1L, 0L, INT, 64, new long[] {1}, "segment"),
        Arguments.of("before the allocation", 0L, -8L, INT, 64, new long[] {1}, "offset"),
        Arguments.of("behind the allocation", 0L, 1024L, INT, 64, new long[] {1}, "bytes"),
        Arguments.of("longer than it", 0L, 0L, INT, 64, new long[] {129}, "bytes"),
        Arguments.of("a huge offset", 0L, Long.MAX_VALUE / 2, INT, 8, new long[] {1}, "offset"),
        Arguments.of("not aligned", 0L, 4L, INT, 64, new long[] {1}, "multiple of 8"),
        Arguments.of("pointers", 0L, 0L, 3, 64, new long[] {1}, "numbers"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void refusesTensorsThatAreNotInTheMemory(
      String what, long segment, long at, int code, int bits, long[] shape, String reason) {
    Payload message =
        publish("x")
            .u8(0)
            .tensor(memory.segment() + segment, memory.offset() + at, code, bits, 0, shape);
    assertThat(peer.refusal(TestPeer.PUBLISH, message, 4).string()).contains(reason);
    assertThat(service.names()).isEmpty();
  }

  @Test
  void refusesADeviceThatIsNone() {
    Payload message = publish("x").u8(0);
    message.i64(memory.segment()).i64(memory.offset()).i32(2).i32(0);
    message.u8(0).u8(8).u16(1).u8(0).u8(0);
    assertThat(peer.refusal(TestPeer.PUBLISH, message, 4).string()).contains("device cpu");
  }

  private Payload text(String name, String format, int rows, long offsets, long data, int length) {
    return publish(name)
        .u8(1)
        .string("words")
        .string(format)
        .u8(0)
        .i64(rows)
        .u8(3)
        .tensor(memory.segment(), memory.offset() + data, UINT, 8, 0, length)
        .tensor(memory.segment(), memory.offset() + offsets, INT, 32, 0, rows + 1)
        .u16(0);
  }

  @Test
  void offsetsAreCopiedBeforeTheyAreBelievedAndDataIsNot() {
    int[] offsets = {0, 2, 5};
    for (int i = 0; i < 3; i++) {
      bytes.set(JAVA_INT_UNALIGNED, i * 4L, offsets[i]);
    }
    MemorySegment.copy(
        MemorySegment.ofArray("hiyou".getBytes(StandardCharsets.UTF_8)), 0, bytes, 64, 5);
    peer.ok(TestPeer.PUBLISH, text("t", "u", 2, 0, 64, 5));
    bytes.set(JAVA_INT_UNALIGNED, 4, 1_000_000); // too late
    bytes.set(JAVA_BYTE, 64, (byte) 'H');
    ExportedTable exported = service.fetch("t");
    try (ImportedTable imported =
        TableImporter.versioned()
            .checkingAllOffsets()
            .adopt(exported.table().schema(), exported.transferOut())) {
      var column = imported.columns().getFirst();
      assertThat(column.offsets().orElseThrow().elements().getLong(1)).isEqualTo(2);
      // Arrow's vectors can be written, so that it takes nothing else in place.
      assertThat(column.offsets().orElseThrow().view().readOnly()).isFalse();
      assertThat(column.data().elements().getLong(0)).isEqualTo('H');
    }
    assertThat(service.statistics().copies()).isEqualTo(1);
    assertThat(service.statistics().copiedBytes()).isEqualTo(12);
  }

  @Test
  void refusesMemoryOfADeviceThatThisJvmDoesNotHave() {
    assertThat(peer.refusal(ALLOC_ON, Payload.payload().i64(8).i64(1).i64(2), 8).string())
        .contains("CUDA_VISIBLE_DEVICES");
    assertThat(peer.alloc(8).lease()).isPositive();
  }

  @Test
  void refusesMoreMemoryOfADeviceThanPeersMayHave() {
    assertThat(peer.refusal(ALLOC_ON, Payload.payload().i64(-1).i64(1).i64(2), 7).string())
        .contains("18446744073709551615");
  }

  @Test
  void refusesOffsetsThatLeaveTheData() {
    bytes.set(JAVA_INT_UNALIGNED, 4, 6);
    bytes.set(JAVA_INT_UNALIGNED, 8, 5);
    String reason = peer.refusal(TestPeer.PUBLISH, text("t", "u", 2, 0, 64, 5), 4).string();
    assertThat(reason).contains("words");
    assertThat(service.names()).isEmpty();
  }

  @Test
  void refusesFormatsThatTensorsDoNotHave() {
    assertThat(peer.refusal(TestPeer.PUBLISH, text("t", "U", 2, 0, 64, 5), 4).string())
        .contains("expected format u for such tensors but found U");
    assertThat(peer.refusal(TestPeer.PUBLISH, text("t", "nonsense", 2, 0, 64, 5), 4).string())
        .contains("nonsense");
    assertThat(peer.refusal(TestPeer.PUBLISH, text("t", "+s", 2, 0, 64, 5), 4).string())
        .contains("expected no data");
  }

  @Test
  void refusesRowsThatTensorsDoNotHave() {
    Payload column =
        publish("t")
            .u8(1)
            .string("n")
            .string("l")
            .u8(0)
            .i64(3)
            .u8(1)
            .tensor(memory.segment(), memory.offset(), INT, 64, 0, 2)
            .u16(0);
    assertThat(peer.refusal(TestPeer.PUBLISH, column, 4).string()).contains("expected 2 rows");
  }

  @Test
  void aTableInSeveralPacketsCrosses() {
    Payload table = publish("wide").u8(2).i64(1).i32(2000);
    for (int i = 0; i < 2000; i++) {
      table.string("column number " + i).string("C").u8(0).i64(1).u8(1);
      table.tensor(memory.segment(), memory.offset() + i % 1024, UINT, 8, 1, 1).u16(0);
    }
    int request = peer.nextRequest();
    peer.sendInParts(TestPeer.PUBLISH, request, table, 60_000);
    assertThat(peer.receiveFor(request).type()).isEqualTo(TestPeer.OK);
    try (TestPeer second = TestPeer.connect(service)) {
      Granted granted = second.fetch("wide");
      assertThat(granted.object().remaining()).isGreaterThan(1 << 16);
    }
    try (ExportedTable exported = service.fetch("wide")) {
      assertThat(exported.table().columns()).hasSize(2000);
    }
  }

  @Test
  void aNameIsItsPublishersWhileThatLives() {
    peer.ok(TestPeer.PUBLISH, tensor("mine", 0, INT, 64, 1));
    long again = peer.ok(TestPeer.PUBLISH, tensor("mine", 8, INT, 64, 1));
    assertThat(peer.retired()).isEqualTo(again);
    try (SharedMemory pool = SharedMemory.create();
        TestPeer second = TestPeer.connect(service)) {
      second.refusal(TestPeer.REMOVE, payload().string("mine"), 6);
      SharedNumbers numbers = SharedNumbers.of(pool, 4);
      service.publish("jvm", numbers.view(), numbers.owner());
      peer.refusal(TestPeer.PUBLISH, tensor("jvm", 0, INT, 64, 1), 6);
      peer.refusal(TestPeer.REMOVE, payload().string("jvm"), 6);
      peer.refusal(TestPeer.REMOVE, payload().string("nobody's"), 1);

      Granted own = second.alloc(8);
      Tensor place = own.tensor();
      Payload message =
          payload()
              .i64(own.lease())
              .string("mine")
              .u8(0)
              .tensor(place.segment(), place.offset(), INT, 64, 0, 1);
      second.refusal(TestPeer.PUBLISH, message, 6);
      peer.close();
      Services.await("it is free", () -> service.statistics().sessions() == 1);
      assertThat(second.ok(TestPeer.PUBLISH, message)).isGreaterThan(again);
    }
    peer = TestPeer.connect(service);
  }

  @Test
  void aPublisherTakesItsObjectBack() {
    peer.ok(TestPeer.PUBLISH, tensor("mine", 0, INT, 64, 1));
    long generation = peer.ok(TestPeer.REMOVE, payload().string("mine"));
    assertThat(peer.retired()).isEqualTo(generation);
    assertThat(service.names()).isEmpty();
  }

  @Test
  void refusesMoreMemoryThanAPeerMayHave() {
    try (TensorService small =
            TensorService.start(TensorServiceOptions.DEFAULT.lendingAtMost(1000));
        TestPeer poor = TestPeer.connect(small)) {
      long lease = poor.alloc(600).lease();
      assertThat(poor.refusal(TestPeer.ALLOC, payload().i64(500), 7).string())
          .contains("expected at most 400");
      poor.refusal(TestPeer.ALLOC, payload().i64(-1), 7);
      poor.release(lease);
      assertThat(poor.alloc(1000).tensor().shape()).containsExactly(1000L);
    }
  }

  @Test
  void refusesMoreMemoryThanThereIs() {
    peer.refusal(TestPeer.ALLOC, payload().i64(1L << 45), 3);
    assertThat(peer.names()).isEmpty();
  }

  @Test
  void peersDoNotShareSegments() {
    try (TestPeer second = TestPeer.connect(service)) {
      assertThat(second.alloc(8).tensor().segment()).isNotEqualTo(memory.segment());
    }
  }

  @Test
  void waitsForWhatAPeerSends() throws InterruptedException {
    assertThat(service.await("later", Duration.ofMillis(5))).isFalse();
    Thread sender =
        Thread.ofVirtual().start(() -> peer.ok(TestPeer.PUBLISH, tensor("later", 0, INT, 64, 1)));
    assertThat(service.await("later", Services.PATIENCE)).isTrue();
    sender.join();
    assertThat(service.statistics().peerPublications()).isEqualTo(1);
  }
}
