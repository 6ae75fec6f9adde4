package org.dlpack4j.importing;

import java.util.Objects;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.elements.ElementCodec;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Adopts tensor after tensor in one object, without garbage: for those who take thousands of small
 * tensors a second. It holds at most one at a time, and is confined to the thread that made it.
 *
 * <p>Every method that asks about the tensor throws {@link IllegalStateException} while none is
 * held, and {@link WrongThreadException} on another thread.
 */
public final class ReusableTensor implements AutoCloseable {

  private final Thread thread = Thread.currentThread();
  private final Flavour flavour;
  private final ImportPolicy policy;
  private final Examination examination = new Examination();
  private final Snapshot tensor = examination.tensor;
  private final Validation validation = examination.validation;
  private boolean held;

  /** How elements are read; null where Java cannot. */
  private @Nullable ElementCodec codec;

  ReusableTensor(Flavour flavour, ImportPolicy policy) {
    this.flavour = flavour;
    this.policy = policy;
  }

  /**
   * Adopts a tensor.
   *
   * @param managed the address of the managed tensor; on success it is this object's until {@link
   *     #close()} or {@link #transferOut()}, on failure the caller's
   * @throws RefusedTensorException if the policy does not accept it, with every reason
   * @throws IllegalStateException if a tensor is held already
   */
  public void adopt(long managed) {
    adopt(managed, false);
  }

  /**
   * Adopts a tensor, or calls its deleter.
   *
   * @param managed the address of the managed tensor; taken from the caller unless a tensor is held
   *     already, or it leads to no struct with a deleter that could be called
   * @throws RefusedTensorException if the policy does not accept it, with every reason, and who
   *     owns it now
   * @throws IllegalStateException if a tensor is held already
   */
  public void adoptOrDiscard(long managed) {
    adopt(managed, true);
  }

  private void adopt(long managed, boolean orDiscard) {
    requireThread();
    if (held) {
      throw new IllegalStateException(
          "reusable tensor: expected none to be held but found the one at 0x"
              + Long.toHexString(tensor.managed)
              + "; close or transfer it out first");
    }
    examination.admit(managed, flavour, policy, orDiscard);
    examination.recordImport();
    ElementCodec newCodec = codecOfHeld();
    if (!Objects.equals(codec, newCodec)) { // as the snapshot does, for the same reason
      codec = newCodec;
    }
    ImportedTensor.LEAKS.begin(this, managed);
    held = true;
  }

  private @Nullable ElementCodec codecOfHeld() {
    DataType type = tensor.dataType();
    boolean readable = tensor.device().isHostAccessible() && type.lanes() == 1;
    return readable ? ElementCodec.of(type, tensor.isPadded()) : null;
  }

  /** Adds what is held now, as far as another thread can see it. */
  void count(ImportCounts.Total total) {
    if (held) {
      total.add(1, examination.spannedBytes());
    }
  }

  /**
   * Whether a tensor is held.
   *
   * @return false before the first, and after each was closed or given away
   */
  public boolean isHeld() {
    return held;
  }

  /**
   * What its elements are.
   *
   * @return the type
   */
  public DataType dataType() {
    requireHeld();
    return tensor.dataType();
  }

  /**
   * Where it is.
   *
   * @return the device
   */
  public Device device() {
    requireHeld();
    return tensor.device();
  }

  /**
   * The flags that it came with.
   *
   * @return all bits
   */
  public long flags() {
    requireHeld();
    return tensor.flags;
  }

  /**
   * The number of dimensions.
   *
   * @return 0 for a scalar
   */
  public int ndim() {
    requireHeld();
    return tensor.ndim;
  }

  /**
   * The size of one dimension.
   *
   * @param axis which
   * @return its size
   * @throws IndexOutOfBoundsException if there is no such axis
   */
  public long shape(int axis) {
    requireHeld();
    return tensor.shape[Objects.checkIndex(axis, tensor.ndim)];
  }

  /**
   * The elements from one index of a dimension to the next.
   *
   * @param axis which
   * @return its stride, also if the producer left the strides out
   * @throws IndexOutOfBoundsException if there is no such axis
   */
  public long stride(int axis) {
    requireHeld();
    return tensor.strides[Objects.checkIndex(axis, tensor.ndim)];
  }

  /**
   * How many elements there are.
   *
   * @return the product of the shape
   */
  public long elementCount() {
    requireHeld();
    return validation.elementCount();
  }

  /**
   * Whether the elements lie row-major without gaps.
   *
   * @return true also if there are none
   */
  public boolean isContiguous() {
    requireHeld();
    return validation.isContiguous();
  }

  /**
   * Whether it must not be written.
   *
   * @return true if its flags or its flavour say so, or its elements may overlap
   */
  public boolean isReadOnly() {
    requireHeld();
    return validation.isReadOnly();
  }

  /**
   * The address of element [0, …, 0], for native code.
   *
   * @return 0 if there are no elements
   */
  public long dataAddress() {
    requireHeld();
    return validation.isEmpty() ? 0 : tensor.firstElement();
  }

  /**
   * Reads an integer or a bool of a vector.
   *
   * @param index of the element
   * @return its value, 0 or 1 for a bool; of uint64 the bits
   * @throws IllegalArgumentException if the tensor is not of that type or number of dimensions
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public long getLong(long index) {
    return readable(1).getLong(Memory.ALL, tensor.firstElement(), element(0, index));
  }

  /**
   * Reads an integer or a bool of a matrix.
   *
   * @param row the first index
   * @param column the second index
   * @return its value, 0 or 1 for a bool; of uint64 the bits
   * @throws IllegalArgumentException if the tensor is not of that type or number of dimensions
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public long getLong(long row, long column) {
    return readable(2)
        .getLong(Memory.ALL, tensor.firstElement(), element(0, row) + element(1, column));
  }

  /**
   * Reads a real number of a vector.
   *
   * @param index of the element
   * @return its value
   * @throws IllegalArgumentException if the tensor is not of that type or number of dimensions
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public double getDouble(long index) {
    return readable(1).getDouble(Memory.ALL, tensor.firstElement(), element(0, index));
  }

  /**
   * Reads a real number of a matrix.
   *
   * @param row the first index
   * @param column the second index
   * @return its value
   * @throws IllegalArgumentException if the tensor is not of that type or number of dimensions
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public double getDouble(long row, long column) {
    return readable(2)
        .getDouble(Memory.ALL, tensor.firstElement(), element(0, row) + element(1, column));
  }

  private ElementCodec readable(int ndim) {
    requireHeld();
    ElementCodec known = codec;
    if (known == null || tensor.ndim != ndim) {
      throw new IllegalArgumentException(
          "index: expected %d dimensions of one lane that the CPU may read but found %d of %s on %s"
              .formatted(ndim, tensor.ndim, tensor.dataType(), tensor.device()));
    }
    return known;
  }

  private long element(int axis, long index) {
    return Objects.checkIndex(index, tensor.shape[axis]) * tensor.strides[axis];
  }

  /**
   * Gives the tensor away as it came: from now on the receiver calls its deleter, once.
   *
   * @return the address of the managed tensor
   */
  public long transferOut() {
    requireHeld();
    letGo();
    return tensor.managed;
  }

  /** Calls the deleter of the tensor that is held; does nothing if none is. */
  @Override
  public void close() {
    requireThread();
    if (held) {
      letGo();
      examination.delete();
    }
  }

  private void letGo() {
    held = false;
    ImportedTensor.LEAKS.end(this, tensor.managed);
  }

  private void requireHeld() {
    requireThread();
    if (!held) {
      throw new IllegalStateException("reusable tensor: expected one to be held but found none");
    }
  }

  private void requireThread() {
    ConfinedTensor.requireThread(thread);
  }

  /** The tensor that is held, if one is. */
  @Override
  public String toString() {
    return held
        ? "reusable tensor, holding the one at 0x" + Long.toHexString(tensor.managed)
        : "reusable tensor, holding none";
  }
}
