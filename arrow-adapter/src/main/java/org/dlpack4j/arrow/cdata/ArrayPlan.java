package org.dlpack4j.arrow.cdata;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a vector is to be loaded with, found to be sound.
 *
 * @param schema what the values are
 * @param length how many
 * @param nullCount -1 if nobody has counted
 * @param pieces the vector's buffers in Arrow Java's order
 * @param children of the vector's children
 * @param dictionary of the vector's dictionary
 */
record ArrayPlan(
    SchemaNode schema,
    int length,
    int nullCount,
    List<Piece> pieces,
    List<ArrayPlan> children,
    @Nullable ArrayPlan dictionary) {

  /** Of this and everything below. */
  long foreignBytes() {
    long bytes = dictionary == null ? 0 : dictionary.foreignBytes();
    for (Piece piece : pieces) {
      bytes = saturatedSum(bytes, piece.foreignBytes());
    }
    for (ArrayPlan child : children) {
      bytes = saturatedSum(bytes, child.foreignBytes());
    }
    return bytes;
  }

  /** Of this and everything below. */
  long fullBitmapBytes() {
    long bytes = dictionary == null ? 0 : dictionary.fullBitmapBytes();
    for (Piece piece : pieces) {
      bytes += piece.fullBitmapBytes();
    }
    for (ArrayPlan child : children) {
      bytes += child.fullBitmapBytes();
    }
    return bytes;
  }

  private static long saturatedSum(long one, long other) {
    long sum = one + other;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
