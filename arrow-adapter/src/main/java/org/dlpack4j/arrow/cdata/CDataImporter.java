package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.Device;
import org.dlpack4j.arrow.cdata.CDataAbi.DeviceArray;
import org.dlpack4j.arrow.cdata.CDataAbi.StreamForm;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.jspecify.annotations.Nullable;

/**
 * Takes Arrow vectors and record batches from other libraries, by the structs of Arrow's C
 * interfaces. Data is not copied, whatever its offset; only bits that do not begin with a byte, the
 * run ends of an array with an offset, and a sparse union's type ids where Arrow Java has others
 * are: they are counted with the import, and in {@code Copies.statistics()}.
 *
 * <p>On success the array has been moved and the schema released: both structs are empty, and their
 * memory is the caller's, as before. The allocator counts the array's memory as its own until the
 * last buffer goes, and only then, on whatever thread that is, the producer's release is called. On
 * failure, whatever is thrown, both are the caller's as before, and nothing is held.
 *
 * <p>Everything that can be known of a struct without looking at all the data is checked. What
 * cannot be known is whether memory is there, and as large as the length says; and what an offset
 * in the middle is, which Arrow Java finds when it gets there.
 */
public final class CDataImporter {

  private static final String VECTOR = "vector";
  private static final String BATCH = "batch";

  private CDataImporter() {}

  /**
   * Imports an array as a vector.
   *
   * @param allocator what counts the memory
   * @param arrayAddress of an {@code ArrowArray}
   * @param schemaAddress of its {@code ArrowSchema}
   * @return the vector, to be closed by the caller
   * @throws RefusedArrayException if something about it is wrong
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator has not so much
   */
  public static ImportedVector importVector(
      BufferAllocator allocator, long arrayAddress, long schemaAddress) {
    Findings findings = new Findings();
    SchemaNode schema = readSchema(findings, schemaAddress, VECTOR, false);
    ArrayPlan plan = plan(findings, schema, arrayAddress, VECTOR);
    Targets targets = Targets.of(allocator, List.of(plan.schema()));
    try {
      long copied =
          Import.load(allocator, targets, List.of(plan), plan.foreignBytes(), arrayAddress);
      ReleaseFunctions.releaseIfHeld(schemaAddress, CDataAbi.Schema.RELEASE);
      return new ImportedVector(targets, copied);
    } catch (Throwable e) {
      targets.close();
      throw e;
    }
  }

  /**
   * Imports an array of structs as a record batch.
   *
   * @param allocator what counts the memory
   * @param arrayAddress of an {@code ArrowArray}
   * @param schemaAddress of its {@code ArrowSchema}
   * @return the batch, to be closed by the caller
   * @throws RefusedArrayException if something about it is wrong
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator has not so much
   */
  public static ImportedRoot importRoot(
      BufferAllocator allocator, long arrayAddress, long schemaAddress) {
    Findings findings = new Findings();
    SchemaNode schema = readBatchSchema(findings, schemaAddress);
    ArrayPlan plan = planBatch(findings, schema, arrayAddress);
    Targets targets = Targets.of(allocator, plan.schema().children());
    try {
      Field top = plan.schema().field();
      VectorSchemaRoot root =
          new VectorSchemaRoot(
              new Schema(top.getChildren(), top.getMetadata()), targets.vectors(), plan.length());
      long copied =
          Import.load(allocator, targets, plan.children(), plan.foreignBytes(), arrayAddress);
      ReleaseFunctions.releaseIfHeld(schemaAddress, CDataAbi.Schema.RELEASE);
      return new ImportedRoot(root, targets, copied);
    } catch (Throwable e) {
      targets.close();
      throw e;
    }
  }

  /**
   * Imports a device array in main memory as a vector.
   *
   * @param allocator what counts the memory
   * @param deviceArrayAddress of an {@code ArrowDeviceArray}
   * @param schemaAddress of its {@code ArrowSchema}
   * @return the vector, to be closed by the caller
   * @throws RefusedArrayException if something about it is wrong, or it is on a device
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator has not so much
   */
  public static ImportedVector importDeviceVector(
      BufferAllocator allocator, long deviceArrayAddress, long schemaAddress) {
    requireMainMemory(deviceArrayAddress, VECTOR);
    return importVector(allocator, deviceArrayAddress, schemaAddress);
  }

  /**
   * Imports a device array of structs in main memory as a record batch.
   *
   * @param allocator what counts the memory
   * @param deviceArrayAddress of an {@code ArrowDeviceArray}
   * @param schemaAddress of its {@code ArrowSchema}
   * @return the batch, to be closed by the caller
   * @throws RefusedArrayException if something about it is wrong, or it is on a device
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator has not so much
   */
  public static ImportedRoot importDeviceRoot(
      BufferAllocator allocator, long deviceArrayAddress, long schemaAddress) {
    requireMainMemory(deviceArrayAddress, BATCH);
    return importRoot(allocator, deviceArrayAddress, schemaAddress);
  }

  static void requireMainMemory(long struct, String what) {
    Findings findings = new Findings();
    if (findings.checkPointer(struct, what, "device array", "an ArrowDeviceArray")) {
      int type = ALL.get(JAVA_INT, struct + DeviceArray.DEVICE_TYPE);
      long id = ALL.get(JAVA_LONG, struct + DeviceArray.DEVICE_ID);
      long event = ALL.get(JAVA_LONG, struct + DeviceArray.SYNC_EVENT);
      if (type != Device.CPU.type()) {
        addDevice(findings, what, new Device(type, (int) id));
      } else if (event != 0) {
        String expected = "NULL, as nobody waits for main memory";
        findings.add(Code.DEVICE, what, "sync_event", Findings.hex(event), expected);
      }
    }
    findings.throwIfAny("device array at " + Findings.hex(struct));
  }

  static void addDevice(Findings findings, String what, Object device) {
    String expected = Device.CPU + "; copy it to main memory, or import it by its adapter";
    findings.add(Code.DEVICE, what, "device_type", device, expected);
  }

  /**
   * Imports a schema: a struct type, whose fields it has.
   *
   * @param schemaAddress of an {@code ArrowSchema}; released on success, the caller's on failure
   * @return the schema, indices where there is a dictionary
   * @throws RefusedArrayException if something about it is wrong
   */
  public static Schema importSchema(long schemaAddress) {
    Field top = readBatchSchema(new Findings(), schemaAddress).field();
    ReleaseFunctions.releaseIfHeld(schemaAddress, CDataAbi.Schema.RELEASE);
    return new Schema(top.getChildren(), top.getMetadata());
  }

  /**
   * Imports a stream of record batches. It is read as the reader is; the reader's root and
   * dictionaries are loaded again with each batch.
   *
   * @param allocator what counts the memory
   * @param streamAddress of an {@code ArrowArrayStream}; moved on success, the caller's on failure
   * @return the reader, which releases the stream when it is closed
   * @throws RefusedArrayException if something about the stream or its schema is wrong
   * @throws java.io.UncheckedIOException if the stream has no schema, with its own words
   */
  public static ArrowReader importStream(BufferAllocator allocator, long streamAddress) {
    return ImportedStream.open(allocator, streamAddress, StreamForm.PLAIN);
  }

  /**
   * Imports a stream of record batches in main memory; else as {@link #importStream}.
   *
   * @param allocator what counts the memory
   * @param streamAddress of an {@code ArrowDeviceArrayStream}; moved on success, the caller's on
   *     failure
   * @return the reader, which releases the stream when it is closed, and refuses a batch that is on
   *     a device
   * @throws RefusedArrayException if something about the stream or its schema is wrong, or it is on
   *     a device
   * @throws java.io.UncheckedIOException if the stream has no schema, with its own words
   */
  public static ArrowReader importDeviceStream(BufferAllocator allocator, long streamAddress) {
    return ImportedStream.open(allocator, streamAddress, StreamForm.DEVICE);
  }

  static SchemaNode readBatchSchema(Findings findings, long address) {
    SchemaNode schema = readSchema(findings, address, BATCH, true);
    if (!(schema.field().getType() instanceof ArrowType.Struct) || schema.dictionary() != null) {
      String found = schema.field().getType().toString();
      findings.add(Code.NOT_A_STRUCT, BATCH, "format", found, "+s, a struct of columns");
      findings.throwIfAny("schema at " + Findings.hex(address));
    }
    return schema;
  }

  private static SchemaNode readSchema(
      Findings findings, long address, String top, boolean isBatch) {
    SchemaNode schema =
        new SchemaReader(findings, new MapDictionaryProvider(), isBatch).read(address, top);
    return found(schema, findings, "schema at " + Findings.hex(address));
  }

  private static ArrayPlan plan(Findings findings, SchemaNode schema, long address, String what) {
    ArrayPlan plan = new ArrayPlanner(findings).plan(schema, address);
    return found(plan, findings, what + " at " + Findings.hex(address));
  }

  static ArrayPlan planBatch(Findings findings, SchemaNode schema, long address) {
    ArrayPlan plan = plan(findings, schema, address, BATCH);
    if (!(plan.pieces().getFirst() instanceof Piece.Ones)) {
      String found = plan.nullCount() < 0 ? "a bitmap" : Integer.toString(plan.nullCount());
      findings.add(Code.NULLS, BATCH, "null_count", found, "0, as rows of a batch are never null");
      findings.throwIfAny("batch at " + Findings.hex(address));
    }
    return plan;
  }

  private static <T> T found(@Nullable T value, Findings findings, String what) {
    findings.throwIfAny(what);
    if (value == null) {
      throw new IllegalStateException(what + ": expected a reason for its refusal but found none");
    }
    return value;
  }
}
