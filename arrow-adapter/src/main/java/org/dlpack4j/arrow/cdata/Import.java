package org.dlpack4j.arrow.cdata;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;

/** The step from what was found sound to vectors: the array is adopted last, or not at all. */
final class Import {

  private Import() {}

  /**
   * Loads vectors and adopts the array. If this throws the vectors are empty, and the array is the
   * caller's.
   *
   * @param plans one for each of the targets' vectors
   * @param bytes how much foreign memory the allocator shall count
   * @return how many bytes were copied
   */
  static long load(
      BufferAllocator allocator, Targets targets, List<ArrayPlan> plans, long bytes, long struct) {
    long bitmapBytes = plans.stream().mapToLong(ArrayPlan::fullBitmapBytes).sum();
    // Its reference goes at the end, when the vectors have theirs. Without buffers that is all.
    try (ForeignArray array = new ForeignArray(allocator, bytes, bitmapBytes);
        ArrayLoader loader = new ArrayLoader(allocator, array, targets.dictionaries())) {
      for (int i = 0; i < plans.size(); i++) {
        loader.load(targets.vectors().get(i), plans.get(i));
      }
      array.adopt(struct);
      return loader.copiedBytes();
    } catch (Throwable e) {
      targets.vectors().forEach(FieldVector::clear);
      targets
          .dictionaries()
          .getDictionaryIds()
          .forEach(id -> targets.dictionaries().lookup(id).getVector().clear());
      throw e;
    }
  }
}
