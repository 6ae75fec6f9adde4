package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.dlpack4j.exporting.GlobalExports.VIEW;

import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.Concurrently;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.abi.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Held, then either out or closed. */
@ResourceLock(GlobalExports.LOCK)
class ExportedTensorTest {

  private static final String OUT =
      "exported tensor: expected it to be held but found it transferred out; the consumer owns it";
  private static final String CLOSED =
      "exported tensor: expected it to be held but found it closed";

  private final CountingOwner owner = CountingOwner.nonBlocking();
  private final ExportedTensor tensor = TensorExporter.export(VIEW, owner);

  @Test
  void releasesTheOwnerWhenClosed() throws InterruptedException {
    tensor.close();
    tensor.close();

    GlobalExports.awaitReleased(owner);
    assertThat(owner.releases()).isEqualTo(1);
    assertThat(tensor).hasToString("exported tensor, closed");
  }

  @Test
  void cannotBeTransferredOutAfterClose() throws InterruptedException {
    tensor.close();

    assertThatIllegalStateException().isThrownBy(tensor::transferOut).withMessage(CLOSED);
    assertThatIllegalStateException().isThrownBy(tensor::transferOutAddress).withMessage(CLOSED);
    GlobalExports.awaitReleased(owner);
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void belongsToTheConsumerAfterTransferOut() throws InterruptedException {
    long before = Exports.statistics().doubleDeletes();
    Consumer consumer = Consumer.versioned(tensor);

    tensor.close();

    Exports.releasePending();
    assertThat(owner.releases()).isZero();
    assertThat(tensor).hasToString("exported tensor, transferred out");
    consumer.delete();
    GlobalExports.awaitReleased(owner);
    tensor.close();
    assertThat(owner.releases()).isEqualTo(1);
    assertThat(Exports.statistics().doubleDeletes()).isEqualTo(before);
  }

  @Test
  void cannotBeTransferredOutTwice() {
    Consumer consumer = Consumer.versioned(tensor);

    assertThatIllegalStateException().isThrownBy(tensor::transferOut).withMessage(OUT);
    assertThatIllegalStateException().isThrownBy(tensor::transferOutAddress).withMessage(OUT);
    consumer.delete();
    assertThatIllegalStateException().isThrownBy(tensor::transferOut).withMessage(OUT);
  }

  @Test
  void saysItsAddressWhileHeld() {
    String held = tensor.toString();
    Consumer consumer = Consumer.versioned(tensor);

    assertThat(held)
        .isEqualTo("exported tensor, held, at 0x" + Long.toHexString(consumer.pointer()));
    consumer.delete();
  }

  @Test
  void keepsItsFlavourInEveryState() {
    ExportedTensor legacy = TensorExporter.exportLegacy(VIEW, CountingOwner.nonBlocking());
    assertThat(tensor.flavour()).isEqualTo(Flavour.VERSIONED);
    assertThat(legacy.flavour()).isEqualTo(Flavour.LEGACY);
    assertThat(legacy.toString()).startsWith("exported tensor, held, at 0x");

    Consumer consumer = Consumer.legacy(legacy);
    tensor.close();

    assertThat(tensor.flavour()).isEqualTo(Flavour.VERSIONED);
    assertThat(legacy.flavour()).isEqualTo(Flavour.LEGACY);
    assertThat(legacy).hasToString("exported tensor, transferred out");
    assertThatIllegalStateException().isThrownBy(legacy::transferOut).withMessage(OUT);
    consumer.delete();
  }

  @Test
  void saysThatALegacyTensorIsClosed() {
    ExportedTensor legacy = TensorExporter.exportLegacy(VIEW, CountingOwner.nonBlocking());
    legacy.close();
    legacy.close();

    assertThat(legacy).hasToString("exported tensor, closed");
    assertThatIllegalStateException().isThrownBy(legacy::transferOut).withMessage(CLOSED);
  }

  @Test
  void isLiveUntilReleased() throws InterruptedException {
    long before = Exports.statistics().live();

    Consumer consumer = Consumer.versioned(tensor);
    assertThat(Exports.statistics().live()).isEqualTo(before);
    consumer.delete();

    assertThat(Exports.statistics().live()).isEqualTo(before - 1);
    GlobalExports.awaitReleased(owner);
    assertThat(Exports.statistics().live()).isEqualTo(before - 1);
  }

  @Test
  void hasOneWinnerWhenThreadsRaceForIt() throws InterruptedException {
    tensor.close();
    for (int round = 0; round < 200; round++) {
      CountingOwner raced = CountingOwner.nonBlocking();
      ExportedTensor prize = TensorExporter.export(VIEW, raced);
      AtomicInteger out = new AtomicInteger();

      Concurrently.run(
          3,
          thread -> {
            if (thread == 0) {
              prize.close();
            } else {
              takeOver(prize, out);
            }
          });

      assertThat(out.get()).as("winners of transferOut in round %d", round).isLessThanOrEqualTo(1);
      GlobalExports.awaitReleased(raced);
      assertThat(raced.releases()).isEqualTo(1);
    }
  }

  private static void takeOver(ExportedTensor prize, AtomicInteger out) {
    Consumer consumer;
    try {
      consumer = Consumer.versioned(prize);
    } catch (IllegalStateException lost) {
      assertThat(lost).hasMessageStartingWith("exported tensor: expected it to be held but found");
      return;
    }
    out.incrementAndGet();
    consumer.delete();
  }
}
