package org.dlpack4j.it.child;

import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.Exports;

/** Loses an exported tensor, and waits until the log says so. */
public final class DroppedHandle {

  private DroppedHandle() {}

  public static void main(String[] args) throws InterruptedException {
    LeakReports reports = LeakReports.printed();
    AtomicInteger releases = new AtomicInteger();
    dropOne(Owner.nonBlocking(releases::incrementAndGet));
    reports.expectOneMore();
    Expect.equal("leaks", 1, Exports.statistics().leaks());
    Expect.equal("live", 1, Exports.statistics().live());
    Exports.releasePending();
    Expect.equal("releases", 0, releases.get());
  }

  private static void dropOne(Owner owner) {
    Expect.that(
        "expected a held tensor",
        CountedExports.export(owner, Flavour.VERSIONED).toString().contains("held"));
  }
}
