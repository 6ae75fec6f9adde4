package org.dlpack4j.arrow;

import java.lang.foreign.MemorySegment;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.TensorView;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.TensorImporter;

/**
 * Makes vectors of foreign tensors where they lie. The deleter of a tensor is called when the last
 * buffer over it goes, on the thread that lets it go.
 *
 * <p>Arrow's vectors can be written, so what must not be written is refused; and their elements lie
 * one after the other, so what has gaps is refused. If an import throws, whatever it throws, the
 * tensor is with whom it was before, and the allocator as it was.
 */
public final class ArrowImporter {

  private final BufferAllocator allocator;
  private final TensorImporter importer;

  private ArrowImporter(BufferAllocator allocator, TensorImporter importer) {
    this.allocator = allocator;
    this.importer = importer;
  }

  /**
   * Imports {@code DLManagedTensorVersioned}.
   *
   * @param allocator whose memory the tensors are to be; the caller's to close, after the vectors
   * @return the importer
   */
  public static ArrowImporter versioned(BufferAllocator allocator) {
    return new ArrowImporter(allocator, TensorImporter.versioned()).with(ImportPolicy.DEFAULT);
  }

  /**
   * Imports {@code DLManagedTensor}, of which nobody can know whether it may be written.
   *
   * @param allocator whose memory the tensors are to be; the caller's to close, after the vectors
   * @return the importer, for tensors that the caller knows to be writable
   */
  public static ArrowImporter legacy(BufferAllocator allocator) {
    return new ArrowImporter(allocator, TensorImporter.legacy())
        .with(ImportPolicy.DEFAULT.assumeWritable());
  }

  /**
   * The same with another policy, such as one that looks for unmapped pointers.
   *
   * @param policy what else to ask of tensors
   * @return another importer
   */
  public ArrowImporter with(ImportPolicy policy) {
    return new ArrowImporter(
        allocator,
        importer.with(policy.requireContiguous().requireWritable().ndim(1, ImportPolicy.MAX_NDIM)));
  }

  /**
   * Makes a vector of numbers, or of lists of one length if there are more dimensions than one.
   *
   * @param name of the vector's field
   * @param managed the managed tensor; on success the vector's, on failure the caller's
   * @return the vector, to be closed by the caller
   * @throws RefusedTensorException if it is not so, or not acceptable
   * @throws RefusedVectorException if Arrow has no type for its numbers
   */
  public FieldVector importVector(String name, MemorySegment managed) {
    return imported(importer.adopt(managed), view -> VectorFields.of(name, view));
  }

  /**
   * Makes a vector of a type, such as of timestamps.
   *
   * @param field what it is to be; of as many dimensions as the tensor
   * @param managed the managed tensor; on success the vector's, on failure the caller's
   * @return the vector, to be closed by the caller
   * @throws RefusedTensorException if it is not so, or not acceptable
   * @throws RefusedVectorException if the tensor has other numbers or another shape
   */
  public FieldVector importVector(Field field, MemorySegment managed) {
    return imported(importer.adopt(managed), view -> VectorFields.checked(field, view));
  }

  private FieldVector imported(ImportedTensor tensor, FieldOf fieldOf) {
    FieldVector vector = null;
    try {
      TensorView view = tensor.view();
      Field field = fieldOf.apply(view);
      ForeignMemory memory = new ForeignMemory(tensor.segment().byteSize(), view.dataAddress());
      vector = WrappedVector.of(field, (int) view.layout().shape(0), memory, allocator);
      memory.giveOwner(tensor.intoOwner());
      return vector;
    } catch (Throwable e) {
      if (vector != null) {
        vector.close();
      }
      tensor.transferOut();
      throw e;
    }
  }

  /** What a tensor is to be. */
  @FunctionalInterface
  private interface FieldOf {
    Field apply(TensorView view);
  }
}
