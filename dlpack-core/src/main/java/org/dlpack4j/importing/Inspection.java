package org.dlpack4j.importing;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.abi.Flavour;

/**
 * What the fields of a managed tensor said when it was inspected, unknown codes and flags as they
 * are. Owns nothing: the tensor stays with whoever has it.
 */
public final class Inspection {

  private final Snapshot tensor;
  private final List<Violation> violations;

  Inspection(Snapshot tensor, List<Violation> violations) {
    this.tensor = tensor;
    this.violations = List.copyOf(violations);
  }

  /**
   * Why the tensor would not be adopted.
   *
   * @return every reason that could be found; none if it would be
   */
  public List<Violation> violations() {
    return violations;
  }

  /**
   * Whether version, deleter and flags could be read.
   *
   * @return false if the pointer leads to no managed tensor
   */
  public boolean hasHeader() {
    return tensor.headerRead;
  }

  /**
   * Whether the other fields could be read.
   *
   * @return false also if the major version is not ours, which may have them elsewhere
   */
  public boolean hasTensor() {
    return tensor.tensorRead;
  }

  /**
   * The flavour that it was inspected as.
   *
   * @return that of the importer
   */
  public Flavour flavour() {
    return tensor.flavour;
  }

  /**
   * {@code version}.
   *
   * @return any version; empty for a legacy tensor, which has none
   * @throws IllegalStateException if there is no header
   */
  public Optional<DlpackVersion> version() {
    requireHeader();
    return tensor.flavour == Flavour.LEGACY
        ? Optional.empty()
        : Optional.of(new DlpackVersion(tensor.major, tensor.minor));
  }

  /**
   * {@code flags}.
   *
   * @return all bits, unknown ones included; 0 for a legacy tensor
   * @throws IllegalStateException if there is no header
   */
  public long flags() {
    requireHeader();
    return tensor.flags;
  }

  /**
   * {@code deleter}.
   *
   * @return its address, or 0
   * @throws IllegalStateException if there is no header
   */
  public long deleter() {
    requireHeader();
    return tensor.deleter;
  }

  /**
   * {@code data}.
   *
   * @return as it is, without the offset
   * @throws IllegalStateException if the fields could not be read
   */
  public long data() {
    requireTensor();
    return tensor.data;
  }

  /**
   * {@code byte_offset}.
   *
   * @return unsigned
   * @throws IllegalStateException if the fields could not be read
   */
  public long byteOffset() {
    requireTensor();
    return tensor.byteOffset;
  }

  /**
   * {@code device}.
   *
   * @return any type and id
   * @throws IllegalStateException if the fields could not be read
   */
  public Device device() {
    requireTensor();
    return tensor.device();
  }

  /**
   * {@code dtype}.
   *
   * @return any code, bits and lanes
   * @throws IllegalStateException if the fields could not be read
   */
  public DataType dataType() {
    requireTensor();
    return tensor.dataType();
  }

  /**
   * {@code ndim}.
   *
   * @return any number
   * @throws IllegalStateException if the fields could not be read
   */
  public int ndim() {
    requireTensor();
    return tensor.ndim;
  }

  /**
   * What {@code shape} points to.
   *
   * @return a copy; empty if the pointer could not be followed or there are too many dimensions
   */
  public Optional<long[]> shape() {
    return tensor.shapeRead
        ? Optional.of(Arrays.copyOf(tensor.shape, tensor.ndim))
        : Optional.empty();
  }

  /**
   * What {@code strides} points to.
   *
   * @return a copy; empty if it is NULL, which means row-major, or could not be followed
   */
  public Optional<long[]> strides() {
    return tensor.stridesRead && tensor.stridesAddress != 0
        ? Optional.of(Arrays.copyOf(tensor.strides, tensor.ndim))
        : Optional.empty();
  }

  private void requireHeader() {
    if (!hasHeader()) {
      throw new IllegalStateException("inspection: expected a header but found " + violations);
    }
  }

  private void requireTensor() {
    if (!hasTensor()) {
      throw new IllegalStateException("inspection: expected fields but found " + violations);
    }
  }

  /** The fields that could be read, and the violations. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(tensor.flavour.layout().name().orElseThrow());
    text.append(" at 0x").append(Long.toHexString(tensor.managed));
    if (hasHeader()) {
      version().ifPresent(version -> text.append(", version ").append(version));
      text.append(", flags 0x").append(Long.toHexString(tensor.flags));
    }
    if (hasTensor()) {
      text.append(", ").append(tensor.dataType()).append(", ndim ").append(tensor.ndim);
      shape().ifPresent(shape -> text.append(", shape ").append(Arrays.toString(shape)));
      strides().ifPresent(strides -> text.append(", strides ").append(Arrays.toString(strides)));
      text.append(" on ").append(tensor.device());
      text.append(" at 0x").append(Long.toHexString(tensor.data));
      text.append(" + ").append(Long.toUnsignedString(tensor.byteOffset));
    }
    return text.append(violations.isEmpty() ? "" : ", refused: " + violations).toString();
  }
}
