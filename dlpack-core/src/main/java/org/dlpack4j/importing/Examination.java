package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy.Rules;
import org.dlpack4j.importing.Violation.Field;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.ProcessMemory;

/** A snapshot and what was decided about it. Reusable, for one thread at a time. */
final class Examination {

  /**
   * Some by thread, so that an import leaves none behind; not one a thread, of which there may be
   * millions. They stay here while they are taken: to store a reference costs more than a flag.
   */
  private static final AtomicReferenceArray<Examination> KNOWN = new AtomicReferenceArray<>(64);

  private final AtomicBoolean taken = new AtomicBoolean();

  final Snapshot tensor = new Snapshot();
  final Validation validation = new Validation(tensor);

  static Examination take() {
    Examination known = KNOWN.get(place());
    if (known != null && known.taken.compareAndSet(false, true)) {
      return known;
    }
    Examination made = new Examination();
    made.taken.setPlain(true);
    if (known == null) {
      KNOWN.set(place(), made);
    }
    return made;
  }

  void giveBack() {
    taken.setRelease(false);
  }

  /** The bytes from the lowest to the highest element of an accepted tensor. */
  long spannedBytes() {
    return validation.endByte() - validation.lowByte();
  }

  /** Tells Flight Recorder of an accepted tensor, if it listens. */
  void recordImport() {
    if (Flight.AVAILABLE) {
      ImportEvent.reportIfOn(this);
    }
  }

  private static int place() {
    return (int) Thread.currentThread().threadId() & (KNOWN.length() - 1);
  }

  /**
   * Throws unless the tensor may be adopted.
   *
   * @param orDiscard whether to call the deleter first
   */
  void admit(long managed, Flavour flavour, ImportPolicy policy, boolean orDiscard) {
    List<Violation> found = violations(managed, flavour, policy);
    if (found.isEmpty()) {
      return;
    }
    if (!orDiscard) {
      throw refusal(found, "It is still the caller's, to delete or discard");
    }
    if (!isDeletable(found)) {
      throw refusal(found, "It cannot be discarded and is still the caller's");
    }
    delete();
    throw refusal(found, "It has been discarded");
  }

  /** Calls the deleter of a tensor of any version. */
  void discard(long managed, Flavour flavour, ImportPolicy policy) {
    List<Violation> found = discarded(managed, flavour, policy);
    if (!found.isEmpty()) {
      throw refusal(found, "It cannot be discarded and is still the caller's");
    }
  }

  /** The same, but returns why the deleter cannot be called. */
  List<Violation> discarded(long managed, Flavour flavour, ImportPolicy policy) {
    if (policy.rules().probing) {
      try (Arena arena = Arena.ofConfined()) {
        tensor.readHeader(managed, flavour, Source.probing(arena));
      }
    } else {
      tensor.readHeader(managed, flavour, Source.DIRECT);
    }
    List<Violation> found = validation.deletionViolations();
    if (found.isEmpty()) {
      delete();
    }
    return found;
  }

  /** Calls the deleter, which may be NULL. */
  void delete() {
    ForeignOwner.delete(tensor.managed, tensor.deleter);
  }

  private static boolean isDeletable(List<Violation> found) {
    return found.stream()
        .map(Violation::field)
        .noneMatch(field -> field == Field.MANAGED || field == Field.DELETER);
  }

  private RefusedTensorException refusal(List<Violation> found, String ownership) {
    String struct = tensor.flavour.layout().name().orElseThrow();
    RefusedTensorException refusal =
        new RefusedTensorException(
            struct + " at 0x" + Long.toHexString(tensor.managed), found, ownership);
    ImportCounts.refused(refusal.codes());
    if (Flight.AVAILABLE) {
      RefusalEvent.report(tensor.managed, refusal.codes(), refusal);
    }
    return refusal;
  }

  /** Reads the tensor once and decides; empty if it may be adopted. */
  List<Violation> violations(long managed, Flavour flavour, ImportPolicy policy) {
    Rules rules = policy.rules();
    if (rules.probing) {
      return probed(managed, flavour, rules);
    }
    tensor.read(managed, flavour, rules.mostDimensions, Source.DIRECT);
    return validation.violations(rules);
  }

  private List<Violation> probed(long managed, Flavour flavour, Rules rules) {
    try (Arena arena = Arena.ofConfined()) {
      tensor.read(managed, flavour, rules.mostDimensions, Source.probing(arena));
    }
    List<Violation> found = validation.violations(rules);
    if (!validation.isLocated()
        || validation.isEmpty()
        || !tensor.device().isHostAccessible()
        || dataIsReadable()) {
      return found;
    }
    tensor.markUnreadable(Field.DATA);
    return validation.violations(rules);
  }

  /** Its ends stand for what is between: one mapping may have holes, but seldom does. */
  private boolean dataIsReadable() {
    long first = tensor.firstElement();
    return ProcessMemory.isReadable(first + validation.lowByte())
        && ProcessMemory.isReadable(first + validation.endByte() - 1);
  }
}
