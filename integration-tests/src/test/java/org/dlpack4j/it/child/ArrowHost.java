package org.dlpack4j.it.child;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;
import org.dlpack4j.arrow.ArrowExporter;
import org.dlpack4j.arrow.ArrowExports;
import org.dlpack4j.arrow.ArrowImporter;
import org.dlpack4j.arrow.SharedBuffers;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.py4j.TensorService;

/**
 * For Python, by Py4J: publishes record batches of Arrow's that lie in shared memory, and takes
 * those that Python has published. They come and go as Arrow's streams, so that Python can say what
 * is in them.
 */
public final class ArrowHost {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final TensorService service = TensorService.shared();
  private final SharedMemory pool = SharedMemory.create();
  private final BufferAllocator shared =
      new RootAllocator(
          RootAllocator.configBuilder().allocationManagerFactory(SharedBuffers.over(pool)).build());

  /** Imports are refused by it if they would need memory of its own. */
  private final BufferAllocator foreign = new RootAllocator();

  /** Publishes the one record batch of a stream. */
  public void publish(String name, byte[] stream) throws IOException {
    try (ArrowStreamReader reader =
        new ArrowStreamReader(new ByteArrayInputStream(stream), shared)) {
      reader.loadNextBatch();
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      service.publish(name, ArrowExporter.versioned().withDictionaries(reader).export(root));
    }
  }

  /** Publishes every column of the one record batch of a stream as a tensor of its own. */
  public void publishEach(byte[] stream) throws IOException {
    try (ArrowStreamReader reader =
        new ArrowStreamReader(new ByteArrayInputStream(stream), shared)) {
      reader.loadNextBatch();
      for (FieldVector vector : reader.getVectorSchemaRoot().getFieldVectors()) {
        service.publish(vector.getName(), ArrowExporter.versioned().export(vector));
      }
    }
  }

  /**
   * What is published, as a record batch of a schema, in place.
   *
   * @param like a stream with the schema
   * @return a stream with the record batch
   */
  public byte[] fetch(String name, byte[] like) throws IOException {
    MapDictionaryProvider dictionaries = new MapDictionaryProvider();
    try (ExportedTable table = service.fetch(name);
        VectorSchemaRoot root =
            ArrowImporter.versioned(foreign)
                .withDictionaries(dictionaries)
                .checkingAllOffsets()
                .importRoot(schemaOf(like), table.transferOut())) {
      return written(root, dictionaries);
    } finally {
      dictionaries.close();
    }
  }

  /** As in Arrow's messages: a field with a dictionary is of its values' type. */
  private Schema schemaOf(byte[] stream) throws IOException {
    try (ArrowStreamReader reader =
        new ArrowStreamReader(new ByteArrayInputStream(stream), foreign)) {
      Schema schema = reader.getVectorSchemaRoot().getSchema();
      return new Schema(
          schema.getFields().stream()
              .map(field -> DictionaryUtility.toMessageFormat(field, reader, new HashSet<>()))
              .toList());
    }
  }

  private static byte[] written(VectorSchemaRoot root, MapDictionaryProvider dictionaries)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ArrowStreamWriter writer = new ArrowStreamWriter(root, dictionaries, out)) {
      writer.writeBatch();
    }
    return out.toByteArray();
  }

  /** Bytes of Arrow's that somebody holds, once all that was let go has gone. */
  public long heldBytes() throws InterruptedException {
    ArrowExports.awaitReleased(shared, PATIENCE);
    return shared.getAllocatedMemory() + foreign.getAllocatedMemory();
  }

  /** Descriptors, mapped segments and threads of this process. */
  public static List<Long> resources() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"));
        Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"));
        Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return List.of(
          descriptors.count(),
          mappings.filter(line -> line.contains("memfd:")).count(),
          threads.count());
    }
  }

  /** Waits for what was let go: that no peer holds it is known a moment earlier. */
  public void close() throws InterruptedException {
    ArrowExports.close(shared, PATIENCE);
    foreign.close();
    pool.close();
  }
}
