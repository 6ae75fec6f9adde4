package org.dlpack4j.it.child;

import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.it.RudeConsumer;

/** Deletes and drains tensors where there is hardly any stack, and waits where there is enough. */
public final class DrainOnFullStack {

  private static final int ROUNDS = 50;
  private static final int TENSORS = 500;

  private final long[] tensors;
  private int deleted;

  private DrainOnFullStack(long[] tensors) {
    this.tensors = tensors;
  }

  public static void main(String[] args) throws InterruptedException {
    warmUp();
    int released = 0;
    for (int i = 0; i < ROUNDS; i++) {
      CountedExports exports = CountedExports.of(TENSORS, Flavour.VERSIONED);
      DrainOnFullStack stack = new DrainOnFullStack(exports.addresses());
      while (stack.deleted < TENSORS) {
        stack.fill();
      }
      exports.expectAllLetGo();
      released += exports.totalReleases();
    }
    if (args[0].equals("counted")) {
      long failures = Exports.statistics().releaseFailures();
      Expect.equal("releases, and failures", ROUNDS * TENSORS, released + failures);
    }
  }

  /** Whatever is loaded at the first use must be loaded while there is a stack to do it on. */
  private static void warmUp() throws InterruptedException {
    for (int i = 0; i < ROUNDS; i++) {
      CountedExports.exportDeleteAndAwait(
          CountedExports.VIEW, Owner.nonBlocking(() -> Thread.onSpinWait()));
    }
  }

  @SuppressWarnings("InfiniteRecursion") // Until the stack is full.
  private void fill() {
    try {
      fill();
    } catch (StackOverflowError e) {
      // There is less than a frame left here, and a little more in each caller.
    }
    if (deleted < tensors.length) {
      RudeConsumer.delete(tensors[deleted], Flavour.VERSIONED);
      deleted++;
      Exports.releasePending();
    }
  }
}
