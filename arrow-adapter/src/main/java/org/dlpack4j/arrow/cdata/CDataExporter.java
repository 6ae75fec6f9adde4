package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.function.Supplier;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.Device;
import org.dlpack4j.arrow.cdata.CDataAbi.DeviceArray;
import org.dlpack4j.arrow.cdata.CDataAbi.StreamForm;

/**
 * Gives Arrow vectors and record batches to other libraries, by the structs of Arrow's C
 * interfaces. No data is copied, and none but the type ids of sparse unions looked at, so that the
 * null count of a vector with validity is left open.
 *
 * <p>An exported array holds a reference on each buffer until its consumer releases it; the caller
 * keeps his own. The release may come from any thread; the references are given back soon after, as
 * those of {@code Exports} are. Memory of an allocator that closes earlier counts as leaked.
 * Whoever writes to a vector after its export writes to what the consumer reads.
 *
 * <p>Structs at given addresses are the consumer's, and are written over: whatever is in them is
 * not released. If an export throws, whatever it throws, it has written nothing and holds nothing.
 */
public final class CDataExporter {

  private static final MapDictionaryProvider NO_DICTIONARIES = new MapDictionaryProvider();

  private CDataExporter() {}

  /**
   * Exports a vector to structs of ours.
   *
   * @param vector no index of dictionaries
   * @return both structs, to be moved by a consumer, and closed by the caller in any case
   * @throws IllegalArgumentException if the vector is inconsistent or has a dictionary
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedArray exportVector(FieldVector vector) {
    return exportVector(vector, NO_DICTIONARIES);
  }

  /**
   * Exports a vector to structs of ours.
   *
   * @param vector any
   * @param dictionaries where the dictionaries are that it refers to
   * @return both structs, to be moved by a consumer, and closed by the caller in any case
   * @throws IllegalArgumentException if the vector is inconsistent or a dictionary is not there
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedArray exportVector(FieldVector vector, DictionaryProvider dictionaries) {
    return exported(
        array ->
            exportVectorInto(vector, dictionaries, array.arrayAddress(), array.schemaAddress()));
  }

  /**
   * Exports a record batch to structs of ours.
   *
   * @param root any
   * @param dictionaries where the dictionaries are that it refers to
   * @return both structs, to be moved by a consumer, and closed by the caller in any case
   * @throws IllegalArgumentException if a vector is inconsistent or a dictionary is not there
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedArray exportRoot(VectorSchemaRoot root, DictionaryProvider dictionaries) {
    return exported(
        array -> exportRootInto(root, dictionaries, array.arrayAddress(), array.schemaAddress()));
  }

  /**
   * Exports a record batch without dictionaries to structs of ours.
   *
   * @param root any
   * @return both structs, to be moved by a consumer, and closed by the caller in any case
   * @throws IllegalArgumentException if a vector is inconsistent or has a dictionary
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedArray exportRoot(VectorSchemaRoot root) {
    return exportRoot(root, NO_DICTIONARIES);
  }

  private interface Filling {
    void fill(ExportedArray array);
  }

  private static ExportedArray exported(Filling filling) {
    ExportedArray array = ExportedArray.empty();
    try {
      filling.fill(array);
      return array;
    } catch (Throwable e) {
      array.close();
      throw e;
    }
  }

  /**
   * Exports a vector to a consumer's structs.
   *
   * @param vector any
   * @param dictionaries where the dictionaries are that it refers to
   * @param arrayAddress where an {@code ArrowArray} goes
   * @param schemaAddress where an {@code ArrowSchema} goes; 0 if the consumer has one already
   * @throws IllegalArgumentException if the vector is inconsistent, a dictionary is not there, or
   *     an address is impossible
   * @throws OutOfMemoryError if there is no native memory
   */
  public static void exportVectorInto(
      FieldVector vector, DictionaryProvider dictionaries, long arrayAddress, long schemaAddress) {
    StructAddress.require(arrayAddress, "array");
    VectorNode node = VectorNode.of(vector, dictionaries);
    write(node, () -> ExportedFields.of(vector), dictionaries, arrayAddress, schemaAddress);
  }

  /**
   * Exports a record batch to a consumer's structs.
   *
   * @param root any
   * @param dictionaries where the dictionaries are that it refers to
   * @param arrayAddress where an {@code ArrowArray} goes
   * @param schemaAddress where an {@code ArrowSchema} goes; 0 if the consumer has one already
   * @throws IllegalArgumentException if a vector is inconsistent, a dictionary is not there, or an
   *     address is impossible
   * @throws OutOfMemoryError if there is no native memory
   */
  public static void exportRootInto(
      VectorSchemaRoot root,
      DictionaryProvider dictionaries,
      long arrayAddress,
      long schemaAddress) {
    StructAddress.require(arrayAddress, "array");
    VectorNode node = VectorNode.of(root, dictionaries);
    write(node, () -> ExportedFields.of(root), dictionaries, arrayAddress, schemaAddress);
  }

  private static void write(
      VectorNode node,
      Supplier<Field> field,
      DictionaryProvider dictionaries,
      long arrayAddress,
      long schemaAddress) {
    if (schemaAddress == 0) {
      ArrayWriter.write(node, arrayAddress);
      return;
    }
    StructAddress.require(schemaAddress, "schema");
    new SchemaWriter(dictionaries).write(field.get(), schemaAddress);
    try {
      ArrayWriter.write(node, arrayAddress);
    } catch (Throwable e) {
      ReleaseFunctions.release(schemaAddress, CDataAbi.Schema.RELEASE);
      throw e;
    }
  }

  /**
   * Exports a vector to a consumer's {@code ArrowDeviceArray}, as one in main memory.
   *
   * @param vector any
   * @param dictionaries where the dictionaries are that it refers to
   * @param deviceArrayAddress where an {@code ArrowDeviceArray} goes
   * @param schemaAddress where an {@code ArrowSchema} goes; 0 if the consumer has one already
   * @throws IllegalArgumentException if the vector is inconsistent, a dictionary is not there, or
   *     an address is impossible
   * @throws OutOfMemoryError if there is no native memory
   */
  public static void exportVectorIntoDevice(
      FieldVector vector,
      DictionaryProvider dictionaries,
      long deviceArrayAddress,
      long schemaAddress) {
    exportVectorInto(vector, dictionaries, deviceArrayAddress, schemaAddress);
    writeMainMemory(deviceArrayAddress);
  }

  /**
   * Exports a record batch to a consumer's {@code ArrowDeviceArray}, as one in main memory.
   *
   * @param root any
   * @param dictionaries where the dictionaries are that it refers to
   * @param deviceArrayAddress where an {@code ArrowDeviceArray} goes
   * @param schemaAddress where an {@code ArrowSchema} goes; 0 if the consumer has one already
   * @throws IllegalArgumentException if a vector is inconsistent, a dictionary is not there, or an
   *     address is impossible
   * @throws OutOfMemoryError if there is no native memory
   */
  public static void exportRootIntoDevice(
      VectorSchemaRoot root,
      DictionaryProvider dictionaries,
      long deviceArrayAddress,
      long schemaAddress) {
    exportRootInto(root, dictionaries, deviceArrayAddress, schemaAddress);
    writeMainMemory(deviceArrayAddress);
  }

  static void writeMainMemory(long deviceArray) {
    ALL.set(JAVA_LONG, deviceArray + DeviceArray.DEVICE_ID, CDataAbi.CPU_DEVICE_ID);
    ALL.set(JAVA_INT, deviceArray + DeviceArray.DEVICE_TYPE, Device.CPU.type());
    ALL.asSlice(deviceArray + DeviceArray.SYNC_EVENT, DeviceArray.BYTES - DeviceArray.SYNC_EVENT)
        .fill((byte) 0);
  }

  /**
   * Exports a schema to a consumer's struct: a struct type of the schema's fields, with its
   * metadata.
   *
   * @param schema its fields as vectors have them, indices where there is a dictionary
   * @param dictionaries where the dictionaries are that it refers to
   * @param schemaAddress where an {@code ArrowSchema} goes
   * @throws IllegalArgumentException if a dictionary is not there or the address is impossible
   * @throws OutOfMemoryError if there is no native memory
   */
  public static void exportSchemaInto(
      Schema schema, DictionaryProvider dictionaries, long schemaAddress) {
    exportFieldInto(ExportedFields.of(schema), dictionaries, schemaAddress);
  }

  /**
   * Exports a field to a consumer's struct.
   *
   * @param field as a vector has it, an index where there is a dictionary
   * @param dictionaries where the dictionaries are that it refers to
   * @param schemaAddress where an {@code ArrowSchema} goes
   * @throws IllegalArgumentException if a dictionary is not there or the address is impossible
   * @throws OutOfMemoryError if there is no native memory
   */
  public static void exportFieldInto(
      Field field, DictionaryProvider dictionaries, long schemaAddress) {
    StructAddress.require(schemaAddress, "schema");
    new SchemaWriter(dictionaries).write(field, schemaAddress);
  }

  /**
   * Exports a reader's batches to a consumer's struct. The consumer calls into Java for each batch,
   * from any thread, one at a time; a batch stays valid when the next one is read, as long as the
   * reader reads it into other memory. An exception becomes an error of the stream, with its
   * message.
   *
   * @param reader taken over on success, and closed soon after the consumer's release; the caller's
   *     on failure
   * @param streamAddress where an {@code ArrowArrayStream} goes
   * @throws IllegalArgumentException if the address is impossible
   * @throws OutOfMemoryError if there is no native memory
   */
  public static void exportStreamInto(ArrowReader reader, long streamAddress) {
    StructAddress.require(streamAddress, "stream");
    StreamExports.write(reader, streamAddress, StreamForm.PLAIN);
  }

  /**
   * Exports a reader's batches to a consumer's {@code ArrowDeviceArrayStream}, as ones in main
   * memory; else as {@link #exportStreamInto}.
   *
   * @param reader taken over on success, and closed soon after the consumer's release; the caller's
   *     on failure
   * @param streamAddress where an {@code ArrowDeviceArrayStream} goes
   * @throws IllegalArgumentException if the address is impossible
   * @throws OutOfMemoryError if there is no native memory
   */
  public static void exportStreamIntoDevice(ArrowReader reader, long streamAddress) {
    StructAddress.require(streamAddress, "stream");
    StreamExports.write(reader, streamAddress, StreamForm.DEVICE);
  }
}
