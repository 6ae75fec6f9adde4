package org.dlpack4j.exporting;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;

/**
 * What tests of the one exporter of the process share. Whoever asserts on its counters or on the
 * reuse of its blocks locks it alone, whoever just exports locks it to read.
 */
final class GlobalExports {

  static final String LOCK = "org.dlpack4j.exporting.Exports";

  /** Long enough for any machine; reached only by a test that fails. */
  static final Duration PATIENCE = Duration.ofSeconds(CountingOwner.SECONDS);

  /** Nobody looks at the elements, so there need not be any. */
  static final TensorView VIEW = view(TensorLayout.contiguous(2, 3));

  private GlobalExports() {}

  static TensorView view(TensorLayout layout) {
    return new TensorView(0x1000, DataType.FLOAT32, Device.CPU, layout, false, false);
  }

  /** A view of so many dimensions of size 1. */
  static TensorView ndim(int ndim) {
    long[] shape = new long[ndim];
    Arrays.fill(shape, 1);
    return view(TensorLayout.contiguous(shape));
  }

  static ExportedTensor export(Flavour flavour, TensorView view, Owner owner) {
    return flavour == Flavour.VERSIONED
        ? TensorExporter.export(view, owner)
        : TensorExporter.exportLegacy(view, owner);
  }

  static void awaitReleased(Owner owner) throws InterruptedException {
    if (!Exports.awaitReleased(owner, PATIENCE)) {
      throw new AssertionError("not released within " + PATIENCE + ": " + owner);
    }
  }

  /** Until nothing that earlier tests deleted is still to be released. */
  static void settle() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (Exports.statistics().pending() != 0) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("still pending: " + Exports.statistics());
      }
      Exports.releasePending();
      LockSupport.parkNanos(100_000);
    }
  }
}
