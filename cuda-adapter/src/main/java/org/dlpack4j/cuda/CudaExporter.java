package org.dlpack4j.cuda;

import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TensorExporter;

/**
 * Exports memory of CUDA where it lies. The consumer's deleter only marks; the owner is released
 * when the device has done what was queued before, see {@link ReleasePolicy}.
 *
 * <p>An export does not wait for the work that fills the memory: give the consumer {@link
 * org.dlpack4j.device.Handshake#after} the stream of that work, or queue the consumer's work on it.
 */
public final class CudaExporter {

  private static final CudaExporter VERSIONED =
      new CudaExporter(Flavour.VERSIONED, ReleasePolicy.EVENTS);
  private static final CudaExporter LEGACY = new CudaExporter(Flavour.LEGACY, ReleasePolicy.EVENTS);

  private final Flavour flavour;
  private final ReleasePolicy policy;

  private CudaExporter(Flavour flavour, ReleasePolicy policy) {
    this.flavour = flavour;
    this.policy = policy;
  }

  /**
   * Exports {@code DLManagedTensorVersioned}.
   *
   * @return the exporter
   */
  public static CudaExporter versioned() {
    return VERSIONED;
  }

  /**
   * Exports {@code DLManagedTensor}, for consumers from before DLPack 1.0.
   *
   * @return the exporter
   */
  public static CudaExporter legacy() {
    return LEGACY;
  }

  /**
   * The same, with owners released by another policy.
   *
   * @param newPolicy what has to be done before
   * @return another exporter
   */
  public CudaExporter releasing(ReleasePolicy newPolicy) {
    return new CudaExporter(flavour, newPolicy);
  }

  /**
   * Exports memory of our own, from its start.
   *
   * @param memory taken over on success, the caller's on failure
   * @param dataType what an element is
   * @param shape the size of every dimension
   * @return the exported tensor, held by the caller
   * @throws IllegalArgumentException if the memory is too small
   * @throws IllegalStateException if the memory is closed or exported
   */
  public ExportedTensor export(CudaMemory memory, DataType dataType, long... shape) {
    return exported(memory.view(dataType, shape), memory.releasing(policy, false));
  }

  /**
   * Exports any memory of CUDA.
   *
   * @param view what the consumer sees; its device and place are checked with the driver
   * @param owner what keeps the memory alive; taken over on success, the caller's on failure
   * @return the exported tensor, held by the caller
   * @throws IllegalArgumentException if the driver says otherwise, or the data is not aligned
   * @throws IllegalStateException if the owner cannot serve another export
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public ExportedTensor export(TensorView view, Owner owner) {
    TensorView verified = Verification.verified(view);
    return exported(verified, GatedOwner.of(Users.of(verified.device()), policy, owner));
  }

  private ExportedTensor exported(TensorView view, Owner owner) {
    return switch (flavour) {
      case VERSIONED -> TensorExporter.export(view, owner);
      case LEGACY -> TensorExporter.exportLegacy(view, owner);
    };
  }
}
