package org.dlpack4j.arrow.cdata;

import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** A vector as a stream of one batch. */
final class OneBatchReader extends ArrowReader {

  private final VectorSchemaRoot root;
  private final DictionaryProvider provider;
  private boolean read;

  /**
   * Begins the stream.
   *
   * @param vector closed with this
   * @param provider of dictionaries, not closed with this
   */
  OneBatchReader(BufferAllocator allocator, FieldVector vector, DictionaryProvider provider) {
    this(allocator, vector.getField(), vector, provider);
  }

  /**
   * Begins the stream.
   *
   * @param field what the schema says
   * @param vector closed with this
   * @param provider of dictionaries, not closed with this
   */
  OneBatchReader(
      BufferAllocator allocator, Field field, FieldVector vector, DictionaryProvider provider) {
    super(allocator);
    this.root = new VectorSchemaRoot(List.of(field), List.of(vector), vector.getValueCount());
    this.provider = provider;
  }

  @Override
  public boolean loadNextBatch() {
    boolean first = !read;
    read = true;
    return first;
  }

  @Override
  public VectorSchemaRoot getVectorSchemaRoot() {
    return root;
  }

  @Override
  public Dictionary lookup(long id) {
    return provider.lookup(id);
  }

  @Override
  public Set<Long> getDictionaryIds() {
    return provider.getDictionaryIds();
  }

  @Override
  public long bytesRead() {
    return 0;
  }

  @Override
  public void close(boolean closeReadSource) {
    root.close();
  }

  @Override
  protected void closeReadSource() {}

  @Override
  protected Schema readSchema() {
    return root.getSchema();
  }
}
