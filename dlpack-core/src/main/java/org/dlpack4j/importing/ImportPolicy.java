package org.dlpack4j.importing;

import java.util.List;
import java.util.function.Consumer;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorFlags;
import org.jspecify.annotations.Nullable;

/**
 * What an importer is ready to accept. Immutable; each method gives another policy. Whatever the
 * policy, no tensor is adopted whose fields contradict themselves or leave the address space.
 */
public final class ImportPolicy {

  /**
   * Safe for Java: memory that the CPU may read, types that DLPack 1.3 names, of one lane, aligned,
   * in any layout of up to 64 dimensions, with no flags but those of DLPack 1.3.
   */
  public static final ImportPolicy DEFAULT = new ImportPolicy(new Rules());

  /**
   * As {@link #DEFAULT}, and to the letter of dlpack.h: strides written out from version 1.2 on, no
   * elements that overlap, device 0 for main memory, no data without elements.
   */
  public static final ImportPolicy STRICT = DEFAULT.with(rules -> rules.toTheLetter = true);

  /**
   * As {@link #DEFAULT}, and every pointer is tried out first: the kernel reads it for us, so that
   * one that leads nowhere is a refusal and no fault. Costs a system call for each, about 0.4 µs.
   * Needs Linux. What is mapped now may still be unmapped later.
   */
  public static final ImportPolicy PROBED = DEFAULT.probing();

  /** The most dimensions that can be asked for. */
  public static final int MAX_NDIM = 128;

  private final Rules rules;

  private ImportPolicy(Rules rules) {
    this.rules = rules;
  }

  Rules rules() {
    return rules;
  }

  private ImportPolicy with(Consumer<Rules> change) {
    Rules changed = new Rules(rules);
    change.accept(changed);
    return new ImportPolicy(changed);
  }

  /**
   * Tries every pointer out, as {@link #PROBED} does.
   *
   * @return the policy
   */
  public ImportPolicy probing() {
    return with(changed -> changed.probing = true);
  }

  /**
   * Accepts these devices and no others.
   *
   * @param devices with their ids
   * @return the policy
   */
  public ImportPolicy onlyDevices(Device... devices) {
    List<Device> allowed = List.of(devices);
    return with(
        changed -> {
          changed.anyDevice = false;
          changed.devices = allowed;
        });
  }

  /**
   * Accepts every device, unknown ones included. Java reads the data of those alone that {@link
   * Device#isHostAccessible()}.
   *
   * @return the policy
   */
  public ImportPolicy anyDevice() {
    return with(changed -> changed.anyDevice = true);
  }

  /**
   * Accepts these types and no others, each as a whole: code, bits and lanes.
   *
   * @param dataTypes the types; they need not be known ones
   * @return the policy
   */
  public ImportPolicy onlyDataTypes(DataType... dataTypes) {
    List<DataType> allowed = List.of(dataTypes);
    return with(
        changed -> {
          changed.anyDataType = false;
          changed.dataTypes = allowed;
        });
  }

  /**
   * Accepts every type that has bits and lanes, unknown ones included.
   *
   * @return the policy
   */
  public ImportPolicy anyDataType() {
    return with(changed -> changed.anyDataType = true);
  }

  /**
   * Accepts known types of several lanes.
   *
   * @return the policy
   */
  public ImportPolicy allowLanes() {
    return with(changed -> changed.lanes = true);
  }

  /**
   * Accepts so many dimensions.
   *
   * @param fewest at least
   * @param most at most, up to {@link #MAX_NDIM}
   * @return the policy
   * @throws IllegalArgumentException if there are no such numbers
   */
  public ImportPolicy ndim(int fewest, int most) {
    if (fewest < 0 || most < fewest || most > MAX_NDIM) {
      throw new IllegalArgumentException(
          "ndim: expected a range within 0 to %d but found %d to %d"
              .formatted(MAX_NDIM, fewest, most));
    }
    return with(
        changed -> {
          changed.fewestDimensions = fewest;
          changed.mostDimensions = most;
        });
  }

  /**
   * Accepts data wherever it begins. Java then reads it by unaligned layouts, which some processors
   * do more slowly, and never atomically.
   *
   * @return the policy
   */
  public ImportPolicy allowUnaligned() {
    return with(changed -> changed.unaligned = true);
  }

  /**
   * Accepts only data that begins at a multiple of so many bytes.
   *
   * @param bytes a power of two
   * @return the policy
   * @throws IllegalArgumentException if it is none
   */
  public ImportPolicy requireAlignment(int bytes) {
    if (Integer.bitCount(bytes) != 1 || bytes < 0) {
      throw new IllegalArgumentException("alignment: expected a power of two but found " + bytes);
    }
    return with(changed -> changed.alignment = bytes);
  }

  /**
   * Accepts only row-major elements without gaps.
   *
   * @return the policy
   */
  public ImportPolicy requireContiguous() {
    return with(changed -> changed.contiguous = true);
  }

  /**
   * Accepts only tensors that may be written. Legacy ones cannot say that they may: see {@link
   * #assumeWritable()}.
   *
   * @return the policy
   */
  public ImportPolicy requireWritable() {
    return with(changed -> changed.writable = true);
  }

  /**
   * Takes legacy tensors, which cannot say so, to be writable. The caller answers for it. Tensors
   * whose elements may overlap stay read-only.
   *
   * @return the policy
   */
  public ImportPolicy assumeWritable() {
    return with(changed -> changed.legacyIsWritable = true);
  }

  /**
   * Accepts these flags and no others.
   *
   * @param mask bits of {@link TensorFlags}, or unknown ones; -1 for all
   * @return the policy
   */
  public ImportPolicy onlyFlags(long mask) {
    return with(changed -> changed.flags = mask);
  }

  /**
   * Accepts at most so many elements.
   *
   * @param most such as {@link Integer#MAX_VALUE} for what goes into arrays
   * @return the policy
   */
  public ImportPolicy maxElements(long most) {
    return with(changed -> changed.mostElements = most);
  }

  /**
   * Accepts tensors that span at most so many bytes, gaps included.
   *
   * @param most how many
   * @return the policy
   */
  public ImportPolicy maxBytes(long most) {
    return with(changed -> changed.mostBytes = most);
  }

  /** What the validator looks at. Never changed once a policy has it. */
  static final class Rules {
    boolean probing;
    boolean toTheLetter;
    boolean anyDevice;
    @Nullable List<Device> devices; // null: those that the CPU may read
    boolean anyDataType;
    @Nullable List<DataType> dataTypes; // null: those that are known
    boolean lanes;
    int fewestDimensions;
    int mostDimensions = 64;
    boolean unaligned;
    int alignment = 1;
    boolean contiguous;
    boolean writable;
    boolean legacyIsWritable;
    long flags = TensorFlags.READ_ONLY | TensorFlags.IS_COPIED | TensorFlags.IS_SUBBYTE_TYPE_PADDED;
    long mostElements = Long.MAX_VALUE;
    long mostBytes = Long.MAX_VALUE;

    Rules() {}

    Rules(Rules other) {
      probing = other.probing;
      toTheLetter = other.toTheLetter;
      anyDevice = other.anyDevice;
      devices = other.devices;
      anyDataType = other.anyDataType;
      dataTypes = other.dataTypes;
      lanes = other.lanes;
      fewestDimensions = other.fewestDimensions;
      mostDimensions = other.mostDimensions;
      unaligned = other.unaligned;
      alignment = other.alignment;
      contiguous = other.contiguous;
      writable = other.writable;
      legacyIsWritable = other.legacyIsWritable;
      flags = other.flags;
      mostElements = other.mostElements;
      mostBytes = other.mostBytes;
    }
  }
}
