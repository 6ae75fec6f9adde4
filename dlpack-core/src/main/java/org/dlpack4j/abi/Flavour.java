package org.dlpack4j.abi;

import java.lang.foreign.StructLayout;

/**
 * The two managed tensors of DLPack. A pointer does not tell which it is: both sides agree on it
 * beforehand, and every entry point is for one of them.
 */
public enum Flavour {
  /** {@code DLManagedTensor}: no version, no flags; capsule name {@code dltensor}. */
  LEGACY(DlpackAbi.DL_MANAGED_TENSOR),

  /** {@code DLManagedTensorVersioned}; capsule name {@code dltensor_versioned}. */
  VERSIONED(DlpackAbi.DL_MANAGED_TENSOR_VERSIONED);

  @SuppressWarnings("ImmutableEnumChecker") // Memory layouts are immutable, only not annotated so.
  private final StructLayout layout;

  private final long tensor;
  private final long managerContext;
  private final long deleter;

  Flavour(StructLayout layout) {
    this.layout = layout;
    this.tensor = DlpackAbi.offset(layout, "dl_tensor");
    this.managerContext = DlpackAbi.offset(layout, "manager_ctx");
    this.deleter = DlpackAbi.offset(layout, "deleter");
  }

  /**
   * The struct.
   *
   * @return its layout
   */
  public StructLayout layout() {
    return layout;
  }

  /**
   * Where the {@code DLTensor} lies in the struct.
   *
   * @return the offset of {@code dl_tensor}
   */
  public long tensor() {
    return tensor;
  }

  /**
   * Where the producer's own pointer lies.
   *
   * @return the offset of {@code manager_ctx}
   */
  public long managerContext() {
    return managerContext;
  }

  /**
   * Where the function lies that the consumer calls once.
   *
   * @return the offset of {@code deleter}
   */
  public long deleter() {
    return deleter;
  }
}
