package org.dlpack4j.exporting;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Flight;

/**
 * The blocks of several tensors that are exported together: claimed slab by slab, not one by one.
 */
final class Blocks {

  final long[] addresses;
  private final Lane lane;

  /** The slabs that the blocks are in, in order, as often as claimed from. */
  private final List<Slab> slabs = new ArrayList<>();

  private int claimed;

  Blocks(int count, Lane lane) {
    this.addresses = new long[count];
    this.lane = lane;
  }

  void claim() {
    Stripe stripe = Exports.POOL.stripe(lane);
    Slab slab = stripe.current();
    while (claimed < addresses.length) {
      long idle = SlabHeader.claim(slab.address, addresses.length - claimed);
      if (idle == 0) {
        slab = stripe.after(slab);
        continue;
      }
      slabs.add(slab);
      for (long bits = idle; bits != 0; bits &= bits - 1) {
        addresses[claimed++] = slab.address + Long.numberOfTrailingZeros(bits) * Block.BYTES;
      }
    }
  }

  void write(List<TensorView> views, Owner owner, Flavour flavour) {
    long deleter = Exports.DELETERS.of(flavour, lane);
    for (int i = 0; i < addresses.length; i++) {
      TensorView view = views.get(i);
      long flags = TensorExporter.flags(view, owner);
      if (addresses.length > 1) {
        flags &= ~TensorFlags.IS_COPIED; // whoever has one of several is not alone with the copy
      }
      Block.write(addresses[i], view, flavour, deleter, flags, 0);
      if (Flight.AVAILABLE && ExportEvent.isOn()) {
        ExportEvent.report(view, owner);
      }
    }
  }

  /** Gives back what was claimed and nobody has seen. */
  void unclaim() {
    for (int i = 0; i < claimed; i++) {
      SlabHeader.unclaim(addresses[i]);
    }
  }

  /** Puts one owner in its place for all blocks; the birth is when that was, and as what. */
  void own(Owner owner, int birth) {
    int at = 0;
    for (Slab slab : slabs) {
      while (at < addresses.length && SlabHeader.slabOf(addresses[at]) == slab.address) {
        slab.own(addresses[at++], owner, birth);
      }
    }
  }
}
