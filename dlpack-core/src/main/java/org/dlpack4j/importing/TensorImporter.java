package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.PeriodicEvents;
import org.dlpack4j.internal.ProcessMemory;
import org.jspecify.annotations.Nullable;

/**
 * Adopts foreign managed tensors of one flavour, under a policy. Immutable, for any thread.
 *
 * <p>A pointer does not tell its flavour: whoever gives it says which it is, and one of the wrong
 * flavour is not recognized. If adopting throws, whatever it throws, the tensor is as it was before
 * and with whom it was before; nothing of it was called or kept.
 */
public final class TensorImporter {

  private static final TensorImporter VERSIONED =
      new TensorImporter(Flavour.VERSIONED, ImportPolicy.DEFAULT, false);
  private static final TensorImporter LEGACY =
      new TensorImporter(Flavour.LEGACY, ImportPolicy.DEFAULT, false);

  static {
    if (Flight.AVAILABLE) {
      PeriodicEvents.add(ImportStatisticsEvent.class, ImportStatisticsEvent::report);
    }
  }

  private final Flavour flavour;
  private final ImportPolicy policy;
  private final boolean shared;

  private TensorImporter(Flavour flavour, ImportPolicy policy, boolean shared) {
    this.flavour = flavour;
    this.policy = policy;
    this.shared = shared;
  }

  /**
   * Imports {@code DLManagedTensorVersioned}.
   *
   * @return an importer with the default policy, whose tensors are confined to a thread
   */
  public static TensorImporter versioned() {
    return VERSIONED;
  }

  /**
   * Imports {@code DLManagedTensor}, of libraries from before DLPack 1.0. Such tensors cannot say
   * that they are read-only, and are taken to be.
   *
   * @return an importer with the default policy, whose tensors are confined to a thread
   */
  public static TensorImporter legacy() {
    return LEGACY;
  }

  /**
   * Accepts by another policy.
   *
   * @param newPolicy the policy
   * @return such an importer
   * @throws UnsupportedOperationException if the policy probes and the system does not allow it
   */
  public TensorImporter with(ImportPolicy newPolicy) {
    if (newPolicy.rules().probing && !ProcessMemory.AVAILABLE) {
      throw new UnsupportedOperationException(
          "probing: expected a system that allows process_vm_readv but found one that does not;"
              + " use a policy without probing");
    }
    return new TensorImporter(flavour, newPolicy, shared);
  }

  /**
   * Makes tensors that every thread may read and close. Closing one shakes hands with all threads,
   * which takes tens of microseconds.
   *
   * @return such an importer
   */
  public TensorImporter shared() {
    return new TensorImporter(flavour, policy, true);
  }

  /**
   * Looks at a tensor without adopting it.
   *
   * @param managed the pointer; the tensor stays with the caller
   * @return what its fields say, and what the policy would say to them
   */
  public Inspection inspect(MemorySegment managed) {
    Examination examination = new Examination();
    List<Violation> found = examination.violations(managed.address(), flavour, policy);
    return new Inspection(examination.tensor, found);
  }

  /**
   * Adopts a tensor.
   *
   * @param managed the pointer; on success the tensor is the result's, on failure the caller's
   * @return the tensor, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTensorException if the policy does not accept it, with every reason
   */
  public ImportedTensor adopt(MemorySegment managed) {
    return adopt(managed.address(), null, false);
  }

  /**
   * The same as {@link #adopt(MemorySegment)}, for callers that have pointers as numbers.
   *
   * @param managed the address; on success the tensor is the result's, on failure the caller's
   * @return the tensor, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTensorException if the policy does not accept it, with every reason
   */
  public ImportedTensor adopt(long managed) {
    return adopt(managed, null, false);
  }

  /**
   * Adopts a tensor for as long as an arena lives: closing the arena calls the deleter.
   *
   * @param managed the pointer; on success the tensor is the arena's, on failure the caller's
   * @param arena of any kind; its threads may read the tensor
   * @return the tensor, which cannot be closed or given away by itself
   * @throws RefusedTensorException if the policy does not accept it, with every reason
   * @throws IllegalStateException if the arena is closed
   */
  public ImportedTensor adopt(MemorySegment managed, Arena arena) {
    return adopt(managed.address(), arena, false);
  }

  /**
   * Adopts a tensor, or calls its deleter.
   *
   * @param managed the pointer; taken from the caller in any case, unless it leads to no struct
   *     with a deleter that could be called
   * @return the tensor, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTensorException if the policy does not accept it, with every reason, and who
   *     owns it now
   */
  public ImportedTensor adoptOrDiscard(MemorySegment managed) {
    return adopt(managed.address(), null, true);
  }

  /**
   * Adopts a tensor for as long as an arena lives, or calls its deleter.
   *
   * @param managed the pointer; taken from the caller in any case, unless it leads to no struct
   *     with a deleter that could be called
   * @param arena of any kind; its threads may read the tensor
   * @return the tensor, which cannot be closed or given away by itself
   * @throws RefusedTensorException if the policy does not accept it, with every reason, and who
   *     owns it now
   * @throws IllegalStateException if the arena is closed; the deleter has been called then
   */
  public ImportedTensor adoptOrDiscard(MemorySegment managed, Arena arena) {
    return adopt(managed.address(), arena, true);
  }

  /**
   * Calls a tensor's deleter without adopting it, whatever else its fields say, other major
   * versions included.
   *
   * @param managed the pointer; on success the tensor is gone, on failure it is the caller's
   * @throws RefusedTensorException if it leads to no struct with a deleter that could be called
   */
  public void discard(MemorySegment managed) {
    Examination examination = Examination.take();
    try {
      examination.discard(managed.address(), flavour, policy);
    } finally {
      examination.giveBack();
    }
  }

  /**
   * An importer that reuses one object for tensor after tensor, and makes no garbage.
   *
   * @return the object, for this thread only
   */
  public ReusableTensor reusable() {
    return ImportCounts.watched(new ReusableTensor(flavour, policy));
  }

  private ImportedTensor adopt(long managed, @Nullable Arena arena, boolean orDiscard) {
    Examination examination = Examination.take();
    try {
      examination.admit(managed, flavour, policy, orDiscard);
      try {
        examination.recordImport();
        ImportedTensor tensor = imported(examination, arena);
        ImportCounts.begun(1, examination.spannedBytes());
        return tensor;
      } catch (Throwable e) {
        if (orDiscard) {
          examination.delete();
        }
        throw e;
      }
    } finally {
      examination.giveBack();
    }
  }

  private ImportedTensor imported(Examination examination, @Nullable Arena arena) {
    if (arena != null) {
      return ArenaTensor.adopted(examination, arena);
    }
    return shared ? new SharedTensor(examination) : new ConfinedTensor(examination);
  }
}
