package org.dlpack4j.arrow.cdata;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** Batches of random values and a dictionary, the same for every reader; the last one may fail. */
final class RandomReader extends ArrowReader {

  static final int BATCHES = 5;

  private static final Field NUMBER = RandomFields.field("number", new ArrowType.Int(64, true));
  private static final Field INDEX =
      RandomFields.index("index", new ArrowType.Int(16, true), 0, false);

  static final Schema SCHEMA =
      new Schema(
          List.of(NUMBER, RandomFields.field("lists", new ArrowType.List(), NUMBER), INDEX),
          Map.of("key", "value"));

  private final Random random = new Random(3);
  private final VectorSchemaRoot root;
  private final Dictionary dictionary;
  private final boolean fails;
  private int batch;
  private volatile boolean closed;

  RandomReader(BufferAllocator allocator, boolean fails) {
    super(allocator);
    this.fails = fails;
    this.root = VectorSchemaRoot.create(SCHEMA, allocator);
    Field values = RandomFields.field("values", new ArrowType.Utf8());
    this.dictionary =
        new Dictionary(
            RandomVectors.make(allocator, values, RandomVectors.DICTIONARY_VALUES, 0.1, random),
            INDEX.getDictionary());
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    if (batch == BATCHES) {
      return false;
    }
    if (fails && batch == BATCHES - 1) {
      throw new IOException("the disk is gone");
    }
    root.clear();
    for (FieldVector vector : root.getFieldVectors()) {
      try (FieldVector made =
          RandomVectors.make(allocator, vector.getField(), 10 * batch, 0.3, random)) {
        made.makeTransferPair(vector).transfer();
      }
    }
    root.setRowCount(10 * batch);
    batch++;
    return true;
  }

  @Override
  public VectorSchemaRoot getVectorSchemaRoot() {
    return root;
  }

  @Override
  public Dictionary lookup(long id) {
    return dictionary;
  }

  @Override
  public Set<Long> getDictionaryIds() {
    return Set.of(0L);
  }

  @Override
  public long bytesRead() {
    return 0;
  }

  @Override
  public void close(boolean closeReadSource) {
    closed = true;
    root.close();
    dictionary.getVector().close();
  }

  @Override
  protected void closeReadSource() {}

  @Override
  protected Schema readSchema() {
    return SCHEMA;
  }
}
