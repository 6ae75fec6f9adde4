package org.dlpack4j.arrow.cdata;

import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;

/**
 * A record batch over memory of another library, which is told when the last buffer of it is given
 * back. As all that crosses by the C Data Interface it must not be written to, as others may read
 * it; only the validity of a vector without nulls is nobody else's.
 */
public final class ImportedRoot implements AutoCloseable {

  private final VectorSchemaRoot root;
  private final Targets targets;
  private final long copiedBytes;

  ImportedRoot(VectorSchemaRoot root, Targets targets, long copiedBytes) {
    this.root = root;
    this.targets = targets;
    this.copiedBytes = copiedBytes;
  }

  /**
   * The batch.
   *
   * @return the same every time; what is transferred from its vectors stays valid after {@link
   *     #close()}
   */
  public VectorSchemaRoot root() {
    return root;
  }

  /**
   * The dictionaries that it refers to.
   *
   * @return empty if there are none
   */
  public DictionaryProvider dictionaries() {
    return targets.dictionaries();
  }

  /**
   * How much had to be copied, because it did not begin with a byte, or is counted from another
   * place.
   *
   * @return 0 if nothing
   */
  public long copiedBytes() {
    return copiedBytes;
  }

  /** Closes the vectors and the dictionaries. */
  @Override
  public void close() {
    targets.close();
  }
}
