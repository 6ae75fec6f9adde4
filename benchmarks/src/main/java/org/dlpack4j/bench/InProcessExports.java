package org.dlpack4j.bench;

import org.dlpack4j.Owner;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;

/** What inprocess.py takes by its address. */
public final class InProcessExports {

  private InProcessExports() {}

  /** The addresses of as many tensors. */
  public static long[] of(int count) {
    long[] addresses = new long[count];
    for (int i = 0; i < count; i++) {
      addresses[i] =
          TensorExporter.export(Vector.view(), Owner.nonBlocking(() -> {})).transferOutAddress();
    }
    return addresses;
  }

  /** Releases those that were deleted. */
  public static void release() {
    Exports.releasePending();
  }
}
