package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Exported tensors and shared owners that several threads, or one in the wrong order, use up. */
class HandleTest {

  private static final int ROUNDS = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final MemorySegment memory = Arena.global().allocate(JAVA_DOUBLE, 4);
  private final TensorView view = TensorView.of(memory, DataType.FLOAT64, 4);

  @Tag("abuse-10")
  @Test
  void ofCloseAndTransferOutAndCloseOneWins() throws Exception {
    long doubleDeletes = Exports.statistics().doubleDeletes();
    try (Contest contest = new Contest()) {
      for (int i = 0; i < ROUNDS; i++) {
        AtomicInteger releases = new AtomicInteger();
        Owner owner = Owner.nonBlocking(releases::incrementAndGet);
        ExportedTensor tensor = TensorExporter.export(view, owner);
        List<Long> given =
            contest.of(() -> close(tensor), () -> transfer(tensor), () -> close(tensor));
        if (given.get(1) != 0) {
          assertThat(releases).hasValue(0);
          RudeConsumer.delete(given.get(1), Flavour.VERSIONED);
        }
        assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
        assertThat(releases).hasValue(1);
      }
    }
    assertThat(Exports.statistics().doubleDeletes()).isEqualTo(doubleDeletes);
  }

  private static long close(ExportedTensor tensor) {
    tensor.close();
    return 0;
  }

  private static long transfer(ExportedTensor tensor) {
    try {
      return tensor.transferOutAddress();
    } catch (IllegalStateException e) {
      return 0;
    }
  }

  @Tag("abuse-11")
  @Test
  void anExportNeverResurrectsAnOwnerWhoseLastReferenceGoes() throws Exception {
    try (Contest contest = new Contest()) {
      for (int i = 0; i < ROUNDS; i++) {
        AtomicInteger releases = new AtomicInteger();
        SharedOwner owner = Owner.nonBlocking(releases::incrementAndGet).shared();
        contest.of(() -> closeShared(owner), () -> exportAndClose(owner, releases));
        assertThat(Exports.awaitReleased(owner, PATIENCE)).isTrue();
        assertThat(releases).hasValue(1);
      }
    }
  }

  private static boolean closeShared(SharedOwner owner) {
    owner.close();
    return true;
  }

  private boolean exportAndClose(SharedOwner owner, AtomicInteger releases) {
    try (ExportedTensor tensor = TensorExporter.export(view, owner)) {
      assertThat(releases).as("releases while %s is held", tensor).hasValue(0);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  @Tag("abuse-13")
  @Test
  void aTensorThatWasGivenAwaySaysSo() {
    ExportedTensor tensor = TensorExporter.export(view, Owner.reachable(memory));
    RudeConsumer.delete(tensor.transferOutAddress(), Flavour.VERSIONED);
    assertThatIllegalStateException()
        .isThrownBy(tensor::transferOut)
        .withMessage(
            "exported tensor: expected it to be held but found it transferred out;"
                + " the consumer owns it");
    tensor.close();
    assertThat(tensor).hasToString("exported tensor, transferred out");
  }

  @Tag("abuse-13")
  @Test
  void aClosedTensorSaysSo() {
    ExportedTensor tensor = TensorExporter.export(view, Owner.reachable(memory));
    tensor.close();
    tensor.close();
    assertThatIllegalStateException()
        .isThrownBy(tensor::transferOut)
        .withMessage("exported tensor: expected it to be held but found it closed");
    assertThat(tensor).hasToString("exported tensor, closed");
  }

  @Tag("abuse-13")
  @Test
  void anOwnerWhoseLastReferenceIsGoneSaysSo() {
    SharedOwner owner = Owner.reachable(memory).shared();
    owner.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> TensorExporter.export(view, owner))
        .withMessageStartingWith(
            "owner: expected one that is still held but found its last reference released: ");
  }
}
