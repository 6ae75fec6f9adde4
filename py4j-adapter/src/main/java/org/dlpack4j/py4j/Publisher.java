package org.dlpack4j.py4j;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.dlpack4j.Owner;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.RefusedTableException;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.dlpack4j.py4j.wire.WireObject;
import org.dlpack4j.table.Schema;
import org.dlpack4j.table.Table;

/** Makes publications, of this JVM's objects and of peers'. Any thread. */
final class Publisher implements AutoCloseable {

  private static final int MAX_NAME = 1024;

  private static final TableImporter ANYTHING_SOUND =
      TableImporter.versioned()
          .with(ImportPolicy.DEFAULT.anyDataType().allowLanes().onlyFlags(-1))
          .checkingAllOffsets();

  private final CopyPolicy policy;
  private final Counters counters;

  /** For copies: peers read it, and all of it is written before they do. */
  private final SharedMemory pool =
      SharedMemory.create(SharedMemoryOptions.DEFAULT.withoutZeroing());

  Publisher(CopyPolicy policy, Counters counters) {
    this.policy = policy;
    this.counters = counters;
  }

  /**
   * Throws if that is no name.
   *
   * @throws IllegalArgumentException if it is empty or too long
   */
  static void requireName(String name) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > MAX_NAME) {
      throw new IllegalArgumentException(
          "name: expected 1 to %d bytes of UTF-8 but found %d".formatted(MAX_NAME, bytes));
    }
  }

  /**
   * An object of this JVM.
   *
   * @param object over memory that the caller keeps alive meanwhile
   * @param take takes that memory over, as the last step that can fail
   * @return a publication with one reference
   */
  Publication ofThisJvm(String name, PublishedObject object, Supplier<Owner> take) {
    SharedCopies copies = new SharedCopies(pool, counters);
    try (Placement placement = Placement.of(object, copies, policy)) {
      Draft draft = Draft.of(name, placement);
      placement.announce();
      List<Owner> owners = new ArrayList<>();
      Owner source = take.get();
      if (placement.isInPlace()) {
        owners.add(source);
      } else {
        source.release();
      }
      owners.addAll(copies.intoOwners());
      return new Publication(Publication.THIS_JVM, draft, owners);
    }
  }

  /**
   * An object of a peer, over the memory that it got.
   *
   * @param publisher its session
   * @param memory which is alive meanwhile
   * @return a publication with one reference, which has one on the memory
   * @throws IllegalArgumentException if what the peer says is not so
   */
  Publication ofPeer(String name, long publisher, HeldLease.OfMemory memory, WireObject described) {
    requireName(name);
    PeerObjects objects = new PeerObjects(memory);
    PublishedObject object = objects.object(described);
    SharedCopies copies = new SharedCopies(pool, counters);
    try (Placement placement =
        Placement.of(object, copies, CopyPolicy.COPY, objects::isFollowed, objects::isCopied)) {
      // After the copies: what is looked at now cannot be changed by the peer any more.
      checkValues(placement.object(), memory);
      Draft draft = Draft.of(name, placement);
      List<Owner> owners = new ArrayList<>();
      owners.add(memory.owner().retain());
      owners.addAll(copies.intoOwners());
      return new Publication(publisher, draft, owners);
    }
  }

  private static void checkValues(PublishedObject object, HeldLease.OfMemory memory) {
    switch (object) {
      case PublishedObject.OfTensor _ -> {}
      case PublishedObject.OfColumn column -> checkValues(Table.of(column.column()), memory);
      case PublishedObject.OfTable table -> checkValues(table.table(), memory);
    }
  }

  /** As a table of a foreign library is checked. */
  private static void checkValues(Table table, HeldLease.OfMemory memory) {
    Schema schema = table.schema();
    TableImporter importer = ANYTHING_SOUND.expectingRows(table.rows());
    ExportedTable exported = TableExporter.export(table, memory.owner());
    ImportedTable sound;
    try {
      sound = importer.adoptOrDiscard(schema, exported.transferOut());
    } catch (RefusedTableException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    sound.close();
  }

  /** How much memory copies take, and what it costs. */
  SharedMemory pool() {
    return pool;
  }

  /** Lets the memory go with the last of the publications. */
  @Override
  public void close() {
    pool.close();
  }
}
