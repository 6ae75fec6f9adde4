package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TensorExporter;

/** One thread of a soak: at every cycle a tensor more or less at random goes, and another comes. */
final class SoakWorker implements Runnable {

  private static final int OUT = 256;
  private static final int ONE_IN_MANY = 1024;
  private static final int MANY_DIMENSIONS = 12;

  private final SoakCounts counts;
  private final long cycles;
  private final SplittableRandom random;
  private final MemorySegment memory = Arena.global().allocate(JAVA_DOUBLE, 4);
  private final TensorView view = TensorView.of(memory, DataType.FLOAT64, 2, 2);
  private final TensorView deepView = TensorView.of(memory, DataType.FLOAT64, ones());

  /** Tensors that are out; 0 where there is none. */
  private final long[] tensors = new long[OUT];

  private final Flavour[] flavours = new Flavour[OUT];

  SoakWorker(SoakCounts counts, long cycles, int seed) {
    this.counts = counts;
    this.cycles = cycles;
    this.random = new SplittableRandom(seed);
  }

  private static long[] ones() {
    long[] ones = new long[MANY_DIMENSIONS];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Override
  public void run() {
    for (long i = 0; i < cycles; i++) {
      int dice = random.nextInt();
      int place = dice & (OUT - 1);
      delete(place, dice >>> 8);
      tensors[place] = export(place, dice >>> 8);
    }
    for (int place = 0; place < OUT; place++) {
      delete(place, 1);
    }
  }

  private void delete(int place, int dice) {
    long tensor = tensors[place];
    if (tensor == 0) {
      return;
    }
    if (dice % ONE_IN_MANY == 0) {
      RudeConsumer.deleteOnNewThread(tensor, flavours[place]);
    } else {
      RudeConsumer.delete(tensor, flavours[place]);
    }
    tensors[place] = 0;
  }

  private long export(int place, int dice) {
    flavours[place] = (dice & 1) == 0 ? Flavour.VERSIONED : Flavour.LEGACY;
    return switch (dice >>> 1 & 7) {
      case 0, 1 -> give(counts.inC, place);
      case 2 -> shareAndGive(place);
      case 3 -> (dice >>> 4) % ONE_IN_MANY == 0 ? closeAndGive(place) : giveRarely(place, dice);
      default -> give(counts.nonBlocking, place);
    };
  }

  private long giveRarely(int place, int dice) {
    return (dice >>> 4) % 16 == 1 ? give(counts.blocking, place) : give(counts.nonBlocking, place);
  }

  private long give(Owner owner, int place) {
    counts.countExports(1);
    return export(place == 0 ? deepView : view, owner, flavours[place]).transferOutAddress();
  }

  private long closeAndGive(int place) {
    counts.countExports(1);
    export(view, counts.nonBlocking, Flavour.VERSIONED).close();
    return give(counts.nonBlocking, place);
  }

  /** Two tensors over one owner; the other one goes at once. */
  private long shareAndGive(int place) {
    counts.countExports(1);
    try (SharedOwner shared = counts.newShared().shared()) {
      long other = TensorExporter.export(view, shared).transferOutAddress();
      RudeConsumer.delete(other, Flavour.VERSIONED);
      ExportedTensor tensor =
          flavours[place] == Flavour.VERSIONED
              ? TensorExporter.export(view, shared)
              : TensorExporter.exportLegacy(view, shared);
      return tensor.transferOutAddress();
    }
  }

  private static ExportedTensor export(TensorView view, Owner owner, Flavour flavour) {
    return flavour == Flavour.VERSIONED
        ? TensorExporter.export(view, owner)
        : TensorExporter.exportLegacy(view, owner);
  }
}
