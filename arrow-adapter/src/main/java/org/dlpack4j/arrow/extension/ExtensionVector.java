package org.dlpack4j.arrow.extension;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.hash.ArrowBufHasher;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.util.CallBack;
import org.apache.arrow.vector.util.TransferPair;

/** What stays of its type wherever it goes: Arrow's own base makes its storage's vector of it. */
abstract class ExtensionVector<T extends FieldVector> extends ExtensionTypeVector<T> {

  private Field field;

  ExtensionVector(String name, FieldType type, BufferAllocator allocator, T storage) {
    super(name, allocator, storage);
    field = new Field(name, type, storage.getField().getChildren());
  }

  static FieldType storageType(FieldType type, ExtensionType extension) {
    return new FieldType(type.isNullable(), extension.storageType(), type.getDictionary());
  }

  /** The children are those of the storage, which may get them later. */
  @Override
  public final Field getField() {
    Field known = field;
    if (!known.getChildren().equals(getUnderlyingVector().getField().getChildren())) {
      known =
          new Field(
              known.getName(),
              known.getFieldType(),
              getUnderlyingVector().getField().getChildren());
      field = known;
    }
    return known;
  }

  @Override
  public final TransferPair makeTransferPair(ValueVector target) {
    FieldVector storage = ((ExtensionVector<?>) target).getUnderlyingVector();
    return new Transfer(getUnderlyingVector().makeTransferPair(storage), target);
  }

  @Override
  public final TransferPair getTransferPair(Field target, BufferAllocator allocator) {
    return makeTransferPair(target.createVector(allocator));
  }

  @Override
  public final TransferPair getTransferPair(
      Field target, BufferAllocator allocator, CallBack callBack) {
    return getTransferPair(target, allocator);
  }

  @Override
  public final TransferPair getTransferPair(String name, BufferAllocator allocator) {
    Field own = getField();
    return getTransferPair(new Field(name, own.getFieldType(), own.getChildren()), allocator);
  }

  @Override
  public final TransferPair getTransferPair(
      String name, BufferAllocator allocator, CallBack callBack) {
    return getTransferPair(name, allocator);
  }

  @Override
  public final TransferPair getTransferPair(BufferAllocator allocator) {
    return getTransferPair(getField(), allocator);
  }

  @Override
  public final void copyFrom(int fromIndex, int thisIndex, ValueVector from) {
    getUnderlyingVector().copyFrom(fromIndex, thisIndex, storage(from));
  }

  @Override
  public final void copyFromSafe(int fromIndex, int thisIndex, ValueVector from) {
    getUnderlyingVector().copyFromSafe(fromIndex, thisIndex, storage(from));
  }

  private static ValueVector storage(ValueVector vector) {
    return ((ExtensionVector<?>) vector).getUnderlyingVector();
  }

  @Override
  public final int hashCode(int index) {
    return getUnderlyingVector().hashCode(index);
  }

  @Override
  public final int hashCode(int index, ArrowBufHasher hasher) {
    return getUnderlyingVector().hashCode(index, hasher);
  }

  private record Transfer(TransferPair storage, ValueVector to) implements TransferPair {

    @Override
    public void transfer() {
      storage.transfer();
    }

    @Override
    public void splitAndTransfer(int startIndex, int length) {
      storage.splitAndTransfer(startIndex, length);
    }

    @Override
    public ValueVector getTo() {
      return to;
    }

    @Override
    public void copyValueSafe(int from, int to) {
      storage.copyValueSafe(from, to);
    }
  }
}
