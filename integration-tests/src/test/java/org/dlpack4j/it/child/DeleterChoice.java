package org.dlpack4j.it.child;

import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.it.RudeConsumer;

/** Exports and deletes a few tensors, and says what their deleters are made of. */
public final class DeleterChoice {

  private DeleterChoice() {}

  public static void main(String[] args) throws InterruptedException {
    run();
    System.out.println(Exports.deleterKind() + ": " + Exports.deleterDescription());
  }

  static void run() throws InterruptedException {
    for (Flavour flavour : Flavour.values()) {
      CountedExports exports = CountedExports.of(100, flavour);
      for (long tensor : exports.addresses()) {
        RudeConsumer.deleteOnNewThread(tensor, flavour);
      }
      exports.expectEachReleasedOnce();
    }
  }
}
