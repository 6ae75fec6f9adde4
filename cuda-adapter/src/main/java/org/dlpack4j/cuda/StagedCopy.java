package org.dlpack4j.cuda;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.copying.CopyProgress;
import org.dlpack4j.cuda.internal.DriverLibrary;
import org.jspecify.annotations.Nullable;

/**
 * A copy that the calling thread waits for, in pieces, two of which are under way at a time. Main
 * memory that is not pinned goes by way of pinned buffers, one for each.
 */
final class StagedCopy {

  private static final MemorySegment HOST = DriverLibrary.hostMemory(0, Long.MAX_VALUE);

  /** As many bytes are done between two reports of progress. */
  private static final long PROGRESS_BYTES = 32L << 20;

  /** The driver has buffers of its own for less. */
  private static final long STAGED_FROM = 1L << 20;

  private final CopyPlan plan;
  private final CopyPlan.Side staged;
  private final Context context;
  private final long stream;
  private final @Nullable CopyProgress progress;
  private final Slot[] slots = {new Slot(0), new Slot(1)};
  private @Nullable Staging staging;
  private int next;
  private long done;
  private long reported;

  /** A piece under way. */
  private static final class Slot {
    final int index;
    long event;
    @Nullable Rectangle piece;

    Slot(int index) {
      this.index = index;
    }
  }

  StagedCopy(CopyPlan plan, Context context, long stream, @Nullable CopyProgress progress) {
    this.plan = plan;
    this.staged = plan.bytes() < STAGED_FROM ? CopyPlan.Side.NEITHER : plan.mainMemory();
    this.context = context;
    this.stream = stream;
    this.progress = progress;
  }

  /** Does it, or throws with nothing under way; the context is current. */
  void run() {
    try (Staging buffers = staged == CopyPlan.Side.NEITHER ? null : Staging.take()) {
      staging = buffers;
      long most = buffers == null ? PROGRESS_BYTES : Staging.BUFFER_BYTES;
      try {
        plan.rectangles().forEach(rectangle -> rectangle.forEachPiece(most, this::start));
        finish(slots[next % slots.length]);
        finish(slots[(next + 1) % slots.length]);
      } catch (Throwable e) {
        // The buffers are another copy's from now on, and the tensors their owners'.
        CudaDriver.cuStreamSynchronize.call(stream);
        throw e;
      }
    }
  }

  private void start(Rectangle piece) {
    Slot slot = slots[next++ % slots.length];
    finish(slot);
    slot.event = context.events().take();
    slot.piece = piece;
    Rectangle queued =
        switch (staged) {
          case NEITHER -> piece;
          case FROM -> piece.fromDense(buffer(slot));
          case TO -> piece.toDense(buffer(slot));
        };
    if (staged == CopyPlan.Side.FROM) {
      piece.toDense(buffer(slot)).copy(HOST);
    }
    queued.queue(stream);
    CudaException.call(CudaDriver.cuEventRecord, slot.event, stream);
  }

  private long buffer(Slot slot) {
    if (staging == null) {
      throw new IllegalStateException("no buffers");
    }
    return staging.address(slot.index);
  }

  private void finish(Slot slot) {
    Rectangle piece = slot.piece;
    if (piece == null) {
      return;
    }
    CudaException.call(CudaDriver.cuEventSynchronize, slot.event);
    context.events().give(slot.event);
    slot.piece = null;
    if (staged == CopyPlan.Side.TO) {
      piece.fromDense(buffer(slot)).copy(HOST);
    }
    done += piece.bytes();
    report();
  }

  private void report() {
    boolean due = done == plan.bytes() || done - reported >= PROGRESS_BYTES;
    if (progress != null && due) {
      reported = done;
      progress.progress(done, plan.bytes());
    }
  }
}
