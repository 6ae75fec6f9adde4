package org.dlpack4j.importing;

/** All imported tensors of this JVM. */
public final class Imports {

  private Imports() {}

  /**
   * Counts what is held and what was refused.
   *
   * @return the counts; exact while no thread imports or ends an import
   */
  public static ImportStatistics statistics() {
    return ImportCounts.statistics();
  }
}
