package org.dlpack4j.it.child;

import org.dlpack4j.abi.Flavour;
import org.dlpack4j.it.RudeConsumer;

/** Deletes tensors with ever more stack left, beginning where there is none. */
public final class NearlyFullStack {

  private static final int TENSORS = 2_000;

  private final long[] tensors;
  private int deleted;

  private NearlyFullStack(long[] tensors) {
    this.tensors = tensors;
  }

  public static void main(String[] args) throws InterruptedException {
    // Whatever is loaded at the first use must be loaded while there is a stack to do it on.
    CountedExports warmUp = CountedExports.of(2, Flavour.VERSIONED);
    for (long tensor : warmUp.addresses()) {
      RudeConsumer.delete(tensor, Flavour.VERSIONED);
    }
    warmUp.expectEachReleasedOnce();

    CountedExports exports = CountedExports.of(TENSORS, Flavour.VERSIONED);
    NearlyFullStack stack = new NearlyFullStack(exports.addresses());
    while (stack.deleted < TENSORS) {
      stack.fill();
    }
    exports.expectEachReleasedOnce();
  }

  @SuppressWarnings("InfiniteRecursion") // Until the stack is full.
  private void fill() {
    try {
      fill();
    } catch (StackOverflowError e) {
      // There is less than a frame left here, and a little more in each caller.
    }
    deleteNext();
  }

  /** Throws before the call into C, or not at all: nothing is deleted twice. */
  private void deleteNext() {
    if (deleted < TENSORS) {
      RudeConsumer.delete(tensors[deleted], Flavour.VERSIONED);
      deleted++;
    }
  }
}
