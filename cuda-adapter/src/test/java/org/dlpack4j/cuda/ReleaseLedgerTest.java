package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.dlpack4j.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What was let go is taken once, and awaited until it is settled. */
@ExtendWith(Gpu.class)
class ReleaseLedgerTest {

  private final ReleaseLedger ledger = new ReleaseLedger(() -> {});

  private void add() {
    ledger.add(Users.of(Device.cuda(0)), ReleasePolicy.EVENTS, () -> {});
  }

  private boolean isSettled() throws InterruptedException {
    return ledger.await(Duration.ZERO);
  }

  @Test
  void whatWasTakenDoesNotGrowBehindItsBack() {
    List<LetGo> none = ledger.take(false);
    add();
    List<LetGo> one = ledger.take(false);
    add();
    assertThat(none).isEmpty();
    assertThat(one).hasSize(1);
    assertThat(ledger.take(false)).hasSize(1).doesNotContainAnyElementsOf(one);
  }

  @Test
  void everythingLetGoBeforeIsAwaited() throws InterruptedException {
    assertThat(isSettled()).isTrue();
    add();
    assertThat(isSettled()).isFalse();
    List<LetGo> first = ledger.take(false);
    add();
    List<LetGo> second = ledger.take(false);
    ledger.released(second, 1);
    assertThat(isSettled()).as("the first is still pending").isFalse();
    ledger.stuck(first);
    assertThat(isSettled()).isTrue();
    assertThat(ledger.statistics()).isEqualTo(new ReleaseStatistics(0, 1, 1, 1));
  }

  @Test
  void whatIsTakenTogetherIsSettledOneByOne() throws InterruptedException {
    add();
    add();
    List<LetGo> both = ledger.take(false);
    ledger.released(both.subList(1, 2), 0);
    assertThat(isSettled()).isFalse();
    ledger.released(both.subList(0, 1), 0);
    assertThat(isSettled()).isTrue();
  }
}
