package org.dlpack4j.it.child;

import java.util.Optional;
import org.dlpack4j.exchange.ExchangeStatistics;
import org.dlpack4j.exchange.ExchangeTable;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.it.ExchangeConsumer;

/** Our exchange table, called by C; the argument says how. */
public final class OwnExchangeTable {

  private static final int THREADS = 8;
  private static final int ROUNDS = 3_000;
  private static final int SHORT_LIVED = 200;

  private OwnExchangeTable() {}

  public static void main(String[] args) {
    long table = ExchangeTable.address();
    boolean isNative = Exports.deleterKind() == DeleterKind.NATIVE;
    switch (args[0]) {
      case "refusals" -> System.out.print(ExchangeConsumer.refusals(table));
      case "churn" -> {
        Expect.equal("mistakes", 0, ExchangeConsumer.churn(table, THREADS, ROUNDS));
        expectLive(isNative, 0, 0);
      }
      case "threads" -> {
        Expect.equal("mistakes", 0, ExchangeConsumer.outliveThreads(table, SHORT_LIVED));
        expectLive(isNative, 0, 0);
      }
      case "exit" -> {
        // Without the shim only the deleter stays out of the JVM, which is gone by then.
        ExchangeConsumer.atExit(table, isNative);
        expectLive(isNative, 1, 400);
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void expectLive(boolean isNative, long tensors, long bytes) {
    Optional<ExchangeStatistics> expected =
        isNative ? Optional.of(new ExchangeStatistics(tensors, bytes)) : Optional.empty();
    Expect.that(
        "statistics: expected " + expected + " but found " + ExchangeTable.statistics(),
        ExchangeTable.statistics().equals(expected));
  }
}
