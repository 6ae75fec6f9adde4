package org.dlpack4j.it;

import org.dlpack4j.abi.Flavour;
import org.dlpack4j.it.child.CountedExports;

/** What the embedding launcher calls in the JVM that it made. */
public final class EmbeddedExports {

  private EmbeddedExports() {}

  public static long[] exportTensors(int count) {
    return CountedExports.of(count, Flavour.VERSIONED).addresses();
  }
}
