package org.dlpack4j.it.child;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.arrow.cdata.CDataExporter;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.it.ArrowStruct;
import org.dlpack4j.it.RudeConsumer;

/** Exported structs of Arrow's, which C is to release, over memory that is counted. */
final class ArrowStructs {

  private static final int ROWS = 100;

  private static final Schema SCHEMA =
      new Schema(
          List.of(
              Field.nullable("numbers", MinorType.INT.getType()),
              Field.nullable("squares", MinorType.BIGINT.getType())));

  private record Given(ArrowStruct struct, long address) {}

  private final BufferAllocator allocator = new RootAllocator();
  private final AtomicInteger closedReaders = new AtomicInteger();
  private final List<Given> given = new ArrayList<>();
  private int readers;

  private ArrowStructs() {}

  /** Of every kind that there is, and children and batches on their own. */
  static ArrowStructs ofEveryKind() {
    ArrowStructs structs = new ArrowStructs();
    structs.giveBatch(false);
    structs.giveBatch(true);
    structs.giveStream();
    CDataExporter.exportStreamIntoDevice(structs.reader(), structs.give(ArrowStruct.DEVICE_STREAM));
    return structs;
  }

  /** Arrays without children. */
  static ArrowStructs ofArrays(int count) {
    ArrowStructs structs = new ArrowStructs();
    try (VectorSchemaRoot root = structs.root()) {
      for (int i = 0; i < count; i++) {
        CDataExporter.exportVectorInto(
            root.getVector(0), new MapDictionaryProvider(), structs.give(ArrowStruct.ARRAY), 0);
      }
    }
    return structs;
  }

  /**
   * A record batch, a child that was moved out, to be released before or after it, and a schema.
   */
  private void giveBatch(boolean childFirst) {
    try (VectorSchemaRoot root = root()) {
      long early = give(ArrowStruct.ARRAY);
      long late = give(ArrowStruct.ARRAY);
      long batch = childFirst ? late : early;
      CDataExporter.exportRootInto(
          root, new MapDictionaryProvider(), batch, give(ArrowStruct.SCHEMA));
      RudeConsumer.moveChild(batch, 1, childFirst ? early : late);
    }
  }

  /** A stream, and a batch that outlives it. */
  private void giveStream() {
    long stream = give(ArrowStruct.STREAM);
    CDataExporter.exportStreamInto(reader(), stream);
    Expect.equal("result of get_next", 0, RudeConsumer.next(stream, give(ArrowStruct.ARRAY)));
  }

  private VectorSchemaRoot root() {
    VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator);
    fill(root);
    return root;
  }

  private static void fill(VectorSchemaRoot root) {
    IntVector numbers = (IntVector) root.getVector(0);
    BigIntVector squares = (BigIntVector) root.getVector(1);
    for (int i = 0; i < ROWS; i++) {
      numbers.setSafe(i, i);
      squares.setSafe(i, (long) i * i);
    }
    root.setRowCount(ROWS);
  }

  private ArrowReader reader() {
    readers++;
    return new EndlessReader();
  }

  private final class EndlessReader extends ArrowReader {
    EndlessReader() {
      super(ArrowStructs.this.allocator);
    }

    @Override
    public boolean loadNextBatch() throws IOException {
      prepareLoadNextBatch();
      fill(getVectorSchemaRoot());
      return true;
    }

    @Override
    public long bytesRead() {
      return 0;
    }

    @Override
    protected void closeReadSource() {
      closedReaders.incrementAndGet();
    }

    @Override
    protected Schema readSchema() {
      return SCHEMA;
    }
  }

  /** A struct of the consumer's, for the next export. */
  private long give(ArrowStruct struct) {
    long address = struct.allocate();
    given.add(new Given(struct, address));
    return address;
  }

  /** All that was given away, in order. */
  void forEach(BiConsumer<ArrowStruct, Long> release) {
    given.forEach(one -> release.accept(one.struct(), one.address()));
  }

  long first(ArrowStruct struct) {
    return given.stream().filter(one -> one.struct() == struct).findFirst().orElseThrow().address();
  }

  long[] addresses() {
    return given.stream().mapToLong(Given::address).toArray();
  }

  /** Waits until Java has back what C has released, and fails unless each went just once. */
  void expectEachReleasedOnce() {
    long deadline = System.nanoTime() + CountedExports.PATIENCE.toNanos();
    while (allocator.getAllocatedMemory() != 0 || closedReaders.get() < readers) {
      Expect.that(
          "expected no memory and %d readers closed but found %d bytes and %d readers"
              .formatted(readers, allocator.getAllocatedMemory(), closedReaders.get()),
          System.nanoTime() < deadline);
      Exports.releasePending();
      Thread.onSpinWait();
    }
    Expect.equal("closed readers", readers, closedReaders.get());
    Expect.equal("double deletes", 0, Exports.statistics().doubleDeletes());
    Expect.equal("failed releases", 0, Exports.statistics().releaseFailures());
    allocator.close();
  }
}
