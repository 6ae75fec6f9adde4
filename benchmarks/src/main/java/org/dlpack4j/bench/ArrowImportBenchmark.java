package org.dlpack4j.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.arrow.ArrowImporter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * A foreign column as a vector, and away again. Its release does nothing, so that the same structs
 * come again and again; nobody looks at the numbers.
 */
@State(Scope.Thread)
public class ArrowImportBenchmark {

  private static final int SMALL = 1 << 8;
  private static final int LARGE = 1 << 28;

  // All live as long as the JVM.
  private final BufferAllocator allocator = new RootAllocator();
  private final ArrowImporter importer = ArrowImporter.versioned(allocator);
  private final MemorySegment numbers = Arena.global().allocate((long) LARGE * Float.BYTES, 64);
  private final MemorySegment small = managedTensor(SMALL);
  private final MemorySegment large = managedTensor(LARGE);
  private final CStructs structs = new CStructs(numbers, SMALL);

  private MemorySegment managedTensor(long rows) {
    MemorySegment struct = Arena.global().allocate(Flavour.VERSIONED.layout());
    struct.set(JAVA_INT, 0, DlpackVersion.CURRENT.major());
    struct.set(JAVA_INT, 4, DlpackVersion.CURRENT.minor());
    struct.set(ADDRESS, Flavour.VERSIONED.deleter(), Baselines.RELEASE_NOTHING);
    MemorySegment tensor = struct.asSlice(Flavour.VERSIONED.tensor());
    tensor.set(ADDRESS, DlpackAbi.DATA, numbers);
    tensor.set(JAVA_INT, DlpackAbi.DEVICE, Device.Type.CPU);
    tensor.set(JAVA_INT, DlpackAbi.NDIM, 1);
    DataType type = DataType.FLOAT32;
    tensor.set(JAVA_INT, DlpackAbi.DTYPE, type.code() | type.bits() << 8 | type.lanes() << 16);
    tensor.set(ADDRESS, DlpackAbi.SHAPE, Arena.global().allocateFrom(JAVA_LONG, rows));
    tensor.set(ADDRESS, DlpackAbi.STRIDES, Arena.global().allocateFrom(JAVA_LONG, 1));
    return struct;
  }

  @Benchmark
  public int ours() {
    return imported(small);
  }

  /** As many bytes as a gibibyte. */
  @Benchmark
  public int oursLarge() {
    return imported(large);
  }

  private int imported(MemorySegment managed) {
    try (FieldVector vector = importer.importVector("x", managed)) {
      return vector.getValueCount();
    }
  }

  /** Into structs of its own, as an import closes them. */
  @Benchmark
  public int arrowJava() {
    ArrowArray array = ArrowArray.allocateNew(allocator);
    ArrowSchema schema = ArrowSchema.allocateNew(allocator);
    structs.writeTo(array.memoryAddress(), schema.memoryAddress());
    try (CDataDictionaryProvider dictionaries = new CDataDictionaryProvider();
        FieldVector vector = Data.importVector(allocator, array, schema, dictionaries)) {
      return vector.getValueCount();
    }
  }

  /** What a program does that has no tensor but an address. */
  @Benchmark
  public int wrapLoadClose() {
    long bytes = (long) SMALL * Float.BYTES;
    try (ArrowBuf data = allocator.wrapForeignAllocation(new Nothing(bytes, numbers.address()));
        ArrowBuf validity = allocator.getEmpty();
        Float4Vector vector = new Float4Vector("x", allocator)) {
      vector.loadFieldBuffers(new ArrowFieldNode(SMALL, 0), List.of(validity, data));
      return vector.getValueCount();
    }
  }

  private static final class Nothing extends ForeignAllocation {
    Nothing(long bytes, long address) {
      super(bytes, address);
    }

    @Override
    protected void release0() {
      // nobody's memory
    }
  }

  /** An {@code ArrowArray} and an {@code ArrowSchema} of numbers of float32. */
  private static final class CStructs {
    private final MemorySegment array = Arena.global().allocate(80, 8);
    private final MemorySegment schema = Arena.global().allocate(72, 8);

    CStructs(MemorySegment numbers, long rows) {
      MemorySegment buffers = Arena.global().allocate(ADDRESS, 2);
      buffers.setAtIndex(ADDRESS, 1, numbers);
      array.set(JAVA_LONG, 0, rows);
      array.set(JAVA_LONG, 24, 2);
      array.set(ADDRESS, 40, buffers);
      array.set(ADDRESS, 64, Baselines.RELEASE_NOTHING);
      schema.set(ADDRESS, 0, Arena.global().allocateFrom("f"));
      schema.set(ADDRESS, 8, Arena.global().allocateFrom("x"));
      schema.set(JAVA_LONG, 24, 2); // nullable
      schema.set(ADDRESS, 56, Baselines.RELEASE_NOTHING);
    }

    void writeTo(long toArray, long toSchema) {
      MemorySegment.ofAddress(toArray).reinterpret(80).copyFrom(array);
      MemorySegment.ofAddress(toSchema).reinterpret(72).copyFrom(schema);
    }
  }
}
