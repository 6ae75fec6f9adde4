package org.dlpack4j.exporting;

import org.dlpack4j.NativeOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.PeriodicEvents;

/**
 * Makes exported tensors. The bytes are never copied or looked at.
 *
 * <p>Given an {@link Owner}, an export takes it over; given a {@link SharedOwner}, it adds a
 * reference. If an export throws, whatever it throws, the owner is as it was before and with whom
 * it was before.
 */
public final class TensorExporter {

  static {
    // Not in Exports: Flight Recorder may report before this is done, and then waits for Exports.
    if (Flight.AVAILABLE) {
      PeriodicEvents.add(ExportStatisticsEvent.class, ExportStatisticsEvent::report);
      PeriodicEvents.add(LiveExportsEvent.class, LiveExportsEvent::report);
    }
  }

  private TensorExporter() {}

  /**
   * Exports a {@code DLManagedTensorVersioned} of the current version.
   *
   * @param view what the consumer sees; marked read-only if the view or the owner is, or if several
   *     indices may lie on one element
   * @param owner what keeps the view's memory alive; taken over on success, the caller's on failure
   * @return the exported tensor, held by the caller
   * @throws IllegalArgumentException if the data is not aligned to its numbers
   * @throws IllegalStateException if the owner cannot serve another export
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTensor export(TensorView view, Owner owner) {
    return export(view, owner, Flavour.VERSIONED);
  }

  /**
   * Exports a {@code DLManagedTensorVersioned} over memory that other exports share.
   *
   * @param view what the consumer sees
   * @param owner what keeps the view's memory alive; gets one more reference on success
   * @return the exported tensor, held by the caller
   * @throws IllegalArgumentException if the data is not aligned to its numbers
   * @throws IllegalStateException if the owner's last reference is gone
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTensor export(TensorView view, SharedOwner owner) {
    return export(view, owner, Flavour.VERSIONED);
  }

  /**
   * Exports a {@code DLManagedTensor}, for consumers from before DLPack 1.0.
   *
   * @param view what the consumer sees; it must be writable, as the legacy struct cannot say
   *     otherwise
   * @param owner what keeps the view's memory alive; taken over on success, the caller's on failure
   * @return the exported tensor, held by the caller
   * @throws IllegalArgumentException if the view or the owner is read-only, or the view padded or
   *     not aligned
   * @throws IllegalStateException if the owner cannot serve another export
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTensor exportLegacy(TensorView view, Owner owner) {
    requireLegacy(view, owner.isReadOnly());
    return export(view, owner, Flavour.LEGACY);
  }

  /**
   * Exports a {@code DLManagedTensor} over memory that other exports share.
   *
   * @param view what the consumer sees; it must be writable
   * @param owner what keeps the view's memory alive; gets one more reference on success
   * @return the exported tensor, held by the caller
   * @throws IllegalArgumentException if the view or the owner is read-only, or the view padded or
   *     not aligned
   * @throws IllegalStateException if the owner's last reference is gone
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTensor exportLegacy(TensorView view, SharedOwner owner) {
    requireLegacy(view, owner.isReadOnly());
    return export(view, owner, Flavour.LEGACY);
  }

  /**
   * Exports a {@code DLManagedTensor} although its memory must not be written: the caller answers
   * for the consumer, which is not told.
   *
   * @param view what the consumer sees
   * @param owner what keeps the view's memory alive; taken over on success, the caller's on failure
   * @return the exported tensor, held by the caller
   * @throws IllegalArgumentException if the view is padded or not aligned
   * @throws IllegalStateException if the owner cannot serve another export
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTensor exportLegacyDespiteReadOnly(TensorView view, Owner owner) {
    requireUnpadded(view);
    return export(view, owner, Flavour.LEGACY);
  }

  private static void requireLegacy(TensorView view, boolean readOnlyOwner) {
    requireUnpadded(view);
    if (isReadOnly(view) || readOnlyOwner) {
      throw new IllegalArgumentException(
          "flags: expected a writable tensor, as DLManagedTensor cannot say read-only, but found "
              + view
              + (readOnlyOwner ? " of a read-only owner" : "")
              + "; export a versioned one, or use exportLegacyDespiteReadOnly");
    }
  }

  private static void requireUnpadded(TensorView view) {
    if (view.padded()) {
      throw new IllegalArgumentException(
          "flags: expected a packed tensor, as DLManagedTensor cannot say padded, but found "
              + view);
    }
  }

  private static boolean isReadOnly(TensorView view) {
    return view.readOnly() || view.layout().mayOverlap();
  }

  private static ExportedTensor export(TensorView view, SharedOwner shared, Flavour flavour) {
    Owner reference = shared.retain();
    try {
      return export(view, reference, flavour);
    } catch (Throwable e) {
      reference.release();
      throw e;
    }
  }

  /** Throws if the view cannot be exported so. */
  static void requireExportable(TensorView view, Owner owner, Flavour flavour) {
    requireAligned(view);
    if (flavour == Flavour.LEGACY) {
      requireLegacy(view, owner.isReadOnly());
    }
  }

  private static void requireAligned(TensorView view) {
    if (!view.isAligned()) {
      throw new IllegalArgumentException(
          "data: expected an address aligned to %d bytes for %s but found 0x%x; export a copy"
              .formatted(view.dataType().alignment(), view.dataType(), view.dataAddress()));
    }
  }

  private static ExportedTensor export(TensorView view, Owner owner, Flavour flavour) {
    requireAligned(view);
    long spillBytes = Block.spillBytes(view);
    if (spillBytes != 0) {
      return exportSpilled(view, owner, flavour, spillBytes);
    }
    Lane lane = Lane.of(owner, Exports.DELETERS);
    return export(view, owner, flavour, lane, 0);
  }

  private static ExportedTensor exportSpilled(
      TensorView view, Owner owner, Flavour flavour, long spillBytes) {
    long spill = Memory.allocate(spillBytes);
    try {
      // Somebody must free the spill, so a native owner is released from Java here.
      Lane lane = Lane.ofReleasedByJava(owner);
      return export(view, owner, flavour, lane, spill);
    } catch (Throwable e) {
      Memory.free(spill);
      throw e;
    }
  }

  /** Everything that can fail comes before the owner is taken over. */
  private static ExportedTensor export(
      TensorView view, Owner owner, Flavour flavour, Lane lane, long spill) {
    Owner held = spill == 0 ? owner : new SpilledOwner(owner, spill, TensorBytes.of(view));
    Stripe stripe = Exports.POOL.stripe(lane);
    Slab slab = stripe.current();
    long block = slab.claim();
    while (block == 0) {
      slab = stripe.after(slab);
      block = slab.claim();
    }
    ExportedTensor tensor = null;
    try {
      long deleter = Exports.DELETERS.of(flavour, lane);
      Block.write(block, view, flavour, deleter, flags(view, owner), spill);
      tensor = new ExportedTensor(block, flavour);
      ExportedTensor.LEAKS.begin(tensor, block);
      int birth = Birth.of(Exports.CLOCK.ticks(), flavour);
      if (lane == Lane.NATIVE) {
        Block.writeNativeOwner(block, (NativeOwner) owner, birth);
      }
      if (Flight.AVAILABLE && ExportEvent.isOn()) {
        ExportEvent.report(view, owner);
      }
      owner.beginExport();
      if (lane != Lane.NATIVE) {
        slab.own(block, held, birth);
      }
      return tensor;
    } catch (Throwable e) {
      ExportedTensor.LEAKS.end(tensor, block);
      SlabHeader.unclaim(block);
      throw e;
    }
  }

  static long flags(TensorView view, Owner owner) {
    long flags = isReadOnly(view) || owner.isReadOnly() ? TensorFlags.READ_ONLY : 0;
    flags |= owner.isFreshCopy() ? TensorFlags.IS_COPIED : 0;
    return view.padded() ? flags | TensorFlags.IS_SUBBYTE_TYPE_PADDED : flags;
  }
}
