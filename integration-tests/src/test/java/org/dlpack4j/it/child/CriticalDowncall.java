package org.dlpack4j.it.child;

import org.dlpack4j.abi.Flavour;
import org.dlpack4j.it.RudeConsumer;

/** Deletes tensors inside a downcall that promised the JVM to stay out of it. */
public final class CriticalDowncall {

  private CriticalDowncall() {}

  public static void main(String[] args) throws InterruptedException {
    for (Flavour flavour : Flavour.values()) {
      CountedExports exports = CountedExports.of(100, flavour);
      for (long tensor : exports.addresses()) {
        RudeConsumer.deleteCritically(tensor, flavour);
      }
      exports.expectEachReleasedOnce();
    }
  }
}
