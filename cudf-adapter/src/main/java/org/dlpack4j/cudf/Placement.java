package org.dlpack4j.cudf;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.Cuda;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.CudaReleases;
import org.dlpack4j.cuda.CudaViews;
import org.dlpack4j.cuda.ReleasePolicy;
import org.dlpack4j.device.DeviceStream;
import org.jspecify.annotations.Nullable;

/**
 * Whether the tensors of one import are where cuDF works; if that was asked for, copies of them.
 */
final class Placement {

  private final int ordinal = Cuda.currentDevice().ordinal();

  /** Null if what is not in place is to be refused. */
  private final @Nullable DeviceStream stream;

  private final List<CudaMemory> copies = new ArrayList<>(0);
  private @Nullable TensorView inPlace;
  private @Nullable TensorView copy;
  private long copiedBytes;

  Placement(@Nullable DeviceStream stream) {
    this.stream = stream;
  }

  /** The tensor where a column can have it. */
  TensorView placed(String path, TensorView view) {
    if (view.layout().isEmpty()) {
      return view;
    }
    if (!isOnDevice(view)) {
      return copied(path, view, "memory of cuda:%d or managed memory".formatted(ordinal));
    }
    TensorView verified = CudaViews.verified(view);
    requireCurrentDevice(path, verified);
    if (!verified.layout().isContiguous()) {
      return copied(path, verified, "rows one after the other");
    }
    inPlace = verified;
    return verified;
  }

  private static boolean isOnDevice(TensorView view) {
    return switch (view.device().type()) {
      case Device.Type.CUDA, Device.Type.CUDA_MANAGED -> true;
      case Device.Type.CPU, Device.Type.CUDA_HOST -> false;
      default -> true; // which verification refuses
    };
  }

  private void requireCurrentDevice(String path, TensorView view) {
    Device device = view.device();
    if (device.type() == Device.Type.CUDA && device.id() != ordinal) {
      throw new RefusedColumnException(
          path,
          "expected memory of cuda:%d, this thread's device, but found %s; call cuDF's Cuda.setDevice(%d) before"
              .formatted(ordinal, device, device.id()));
    }
  }

  private TensorView copied(String path, TensorView view, String expected) {
    long bytes = view.dataType().storageBytes(view.layout().elementCount(), view.padded());
    return copied(path, view, bytes, expected);
  }

  /**
   * A copy, if one was asked for.
   *
   * @param bytes how much memory it is to have
   * @param expected what would have done without one
   */
  TensorView copied(String path, TensorView view, long bytes, String expected) {
    if (stream == null) {
      throw new RefusedColumnException(
          path, "expected %s but found %s; import it by copyingIfNeeded".formatted(expected, view));
    }
    CudaMemory memory = CudaMemory.allocate(ordinal, bytes);
    copies.add(memory);
    copiedBytes += bytes;
    TensorView whole = memory.view(view.dataType(), view.layout().shape());
    copy(view, whole, stream);
    copy = memory.view(DataType.UINT8, bytes);
    return memory.view(view.dataType(), bytes / (view.dataType().elementBits() / Byte.SIZE));
  }

  /** Main memory that is not pinned is there when this returns, all else is queued. */
  private void copy(TensorView from, TensorView to, DeviceStream on) {
    if (from.device().type() == Device.Type.CPU) {
      CudaCopies.copy(from, to, ordinal, on);
    } else if (from.layout().ndim() == 1 && from.layout().stride(0) == 0) {
      repeat(from, to, on);
    } else {
      CudaCopies.queue(from, to, ordinal, on);
    }
  }

  /** One element, then as many as there are, until there are enough. */
  private void repeat(TensorView from, TensorView to, DeviceStream on) {
    long count = to.layout().shape(0);
    CudaCopies.queue(rows(from, 0, 1), rows(to, 0, 1), ordinal, on);
    for (long done = 1; done < count; done *= 2) {
      long end = Math.min(2 * done, count);
      CudaCopies.queue(rows(to, 0, end - done), rows(to, done, end), ordinal, on);
    }
  }

  private static TensorView rows(TensorView view, long from, long to) {
    return view.withLayout(view.layout().slice(0, from, to, 1));
  }

  long copiedBytes() {
    return copiedBytes;
  }

  /** What keeps all of it until the columns are closed; takes the foreign owner over. */
  Owner owner(
      Supplier<Owner> foreign, ReleasePolicy policy, long bytes, @Nullable CudfBudget budget) {
    TensorView left = inPlace;
    TensorView copied = copy;
    if (left == null && copied != null) {
      Owner charged = CudfOwner.of(() -> this::closeCopies, bytes, CudfMemory.ADOPTED, budget);
      CudaReleases.gated(copied, policy, foreign.get()).release();
      return charged;
    }
    Owner charged = CudfOwner.of(foreign, bytes, CudfMemory.ADOPTED, budget);
    Owner gated = left == null ? charged : CudaReleases.gated(left, policy, charged);
    return copied == null ? gated : andCopies(gated);
  }

  private Owner andCopies(Owner gated) {
    return () -> {
      closeCopies();
      gated.release();
    };
  }

  /** Frees them when what was queued before is done. */
  void closeCopies() {
    copies.forEach(CudaMemory::close);
  }
}
