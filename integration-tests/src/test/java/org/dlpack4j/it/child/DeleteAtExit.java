package org.dlpack4j.it.child;

import org.dlpack4j.abi.Flavour;
import org.dlpack4j.it.RudeConsumer;

/**
 * Leaves tensors to be deleted while the process exits: the first argument says how they are
 * deleted, the second how this program ends.
 */
public final class DeleteAtExit {

  private static final int STORM = 4_000;
  private static final int STORM_THREADS = 4;

  private DeleteAtExit() {}

  public static void main(String[] args) {
    leaveTensors(args[0]);
    end(args[1]);
  }

  static void end(String how) {
    switch (how) {
      case "return" -> {}
      case "exit" -> System.exit(0);
      case "halt" -> Runtime.getRuntime().halt(0);
      default -> throw new IllegalArgumentException(how);
    }
  }

  private static void leaveTensors(String how) {
    switch (how) {
      case "atexit" -> {
        for (Flavour flavour : Flavour.values()) {
          for (long tensor : CountedExports.of(4, flavour).addresses()) {
            RudeConsumer.deleteAtExit(tensor, flavour);
          }
        }
      }
      case "worker" -> {
        long[] tensors = CountedExports.of(2, Flavour.VERSIONED).addresses();
        RudeConsumer.workerDeletesAndIsJoinedAtExit(tensors[0], tensors[1], Flavour.VERSIONED);
      }
      case "storm" -> {
        long[] tensors = CountedExports.of(STORM, Flavour.VERSIONED).addresses();
        RudeConsumer.storm(tensors, Flavour.VERSIONED, STORM_THREADS);
      }
      default -> throw new IllegalArgumentException(how);
    }
  }
}
