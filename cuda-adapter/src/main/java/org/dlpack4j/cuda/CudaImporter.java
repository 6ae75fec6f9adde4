package org.dlpack4j.cuda;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.dlpack4j.TensorView;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;

/**
 * Adopts tensors in CUDA's memory. What they say about it is checked with the driver.
 *
 * <p>An import does not wait for the producer's work: call the producer's {@link
 * org.dlpack4j.device.Handshake} with the stream that is going to be used, or ask a Python producer
 * for that stream.
 */
public final class CudaImporter {

  /** Which devices are CUDA's is asked from the driver. */
  private static final ImportPolicy CUDA = ImportPolicy.DEFAULT.anyDevice();

  private static final CudaImporter VERSIONED =
      new CudaImporter(TensorImporter.versioned().shared().with(CUDA), ReleasePolicy.EVENTS);
  private static final CudaImporter LEGACY =
      new CudaImporter(TensorImporter.legacy().shared().with(CUDA), ReleasePolicy.EVENTS);

  private final TensorImporter importer;
  private final ReleasePolicy release;

  private CudaImporter(TensorImporter importer, ReleasePolicy release) {
    this.importer = importer;
    this.release = release;
  }

  /**
   * Adopts {@code DLManagedTensorVersioned}.
   *
   * @return the importer
   */
  public static CudaImporter versioned() {
    return VERSIONED;
  }

  /**
   * Adopts {@code DLManagedTensor}, from producers from before DLPack 1.0.
   *
   * @return the importer
   */
  public static CudaImporter legacy() {
    return LEGACY;
  }

  /**
   * The same, with another policy of what is accepted.
   *
   * @param policy the policy; it must allow the device, as {@link ImportPolicy#anyDevice} does
   * @return another importer
   */
  public CudaImporter with(ImportPolicy policy) {
    return new CudaImporter(importer.with(policy), release);
  }

  /**
   * The same, with deleters called by another policy.
   *
   * @param policy what has to be done before
   * @return another importer
   */
  public CudaImporter releasing(ReleasePolicy policy) {
    return new CudaImporter(importer, policy);
  }

  /**
   * Adopts a tensor.
   *
   * @param managed the pointer; on success the tensor is the result's, on failure the caller's
   * @return the tensor, to be closed by the caller
   * @throws org.dlpack4j.importing.RefusedTensorException if the policy does not accept it
   * @throws IllegalArgumentException if it is no tensor of CUDA, or the driver says otherwise
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public CudaTensor adopt(MemorySegment managed) {
    // Refused, it is the caller's again, who has the pointer.
    return verified(importer.adopt(managed), ImportedTensor::transferOut);
  }

  /**
   * Adopts a tensor, or calls its deleter.
   *
   * @param managed the pointer; taken from the caller in any case, unless it leads to no struct
   *     with a deleter that could be called
   * @return the tensor, to be closed by the caller
   * @throws org.dlpack4j.importing.RefusedTensorException if the policy does not accept it
   * @throws IllegalArgumentException if it is no tensor of CUDA, or the driver says otherwise
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public CudaTensor adoptOrDiscard(MemorySegment managed) {
    return verified(importer.adoptOrDiscard(managed), ImportedTensor::close);
  }

  private CudaTensor verified(ImportedTensor imported, Consumer<ImportedTensor> refuse) {
    TensorView view;
    try {
      view = Verification.verified(imported.view());
    } catch (RuntimeException | Error e) {
      refuse.accept(imported);
      throw e;
    }
    return new CudaTensor(view, imported.intoOwner(), release);
  }
}
