package org.dlpack4j.bench;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.cuda.CudaExporter;
import org.dlpack4j.cuda.CudaImporter;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.CudaReleases;
import org.dlpack4j.cuda.CudaStream;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.device.Handshake;

/** A gibibyte on the first device: given away and taken, or copied. Nanoseconds of the host. */
final class GpuMeasures {

  private static final Device DEVICE = Device.cuda(0);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Few enough that what they leave to be released does not pile up. */
  private static final int BATCH = 100;

  private GpuMeasures() {}

  /** Made when they are first asked for; the JVM ends with them. */
  private static final class Gibibyte {
    /** The simulated device is as slow as this machine. */
    static final long BYTES = GpuComparisons.isSimulated() ? 1L << 24 : 1L << 30;

    static final CudaStream STREAM = CudaStream.create(0);
    static final CudaMemory MEMORY = CudaMemory.allocate(0, BYTES);
    static final CudaMemory OTHER = CudaMemory.allocate(0, BYTES);
    static final CudaMemory PINNED = CudaMemory.allocatePinned(BYTES);

    static TensorView view(CudaMemory memory) {
      return memory.view(DataType.UINT8, BYTES);
    }
  }

  /** One stream waits for another. */
  static double handshake(Effort.Run run) {
    DeviceStream producer = Gibibyte.STREAM.stream();
    try (CudaStream consumer = CudaStream.create(0)) {
      return median(
          run,
          BATCH,
          () -> Handshake.after(DEVICE, producer).before(consumer.stream()),
          consumer::synchronize);
    }
  }

  /** Export, transfer out, adopt, close; that all is released is waited for beside. */
  static double exchange(Effort.Run run) {
    TensorView view = Gibibyte.view(Gibibyte.MEMORY);
    return median(
        run,
        BATCH,
        () -> {
          Owner owner = Owner.nonBlocking(() -> {});
          MemorySegment managed = CudaExporter.versioned().export(view, owner).transferOut();
          CudaImporter.versioned().adopt(managed).close();
        },
        GpuMeasures::awaitReleases);
  }

  /** To main memory that is pinned, and back. */
  static double hostRoundTrip(Effort.Run run) {
    return copied(run, Gibibyte.MEMORY, Gibibyte.PINNED, Gibibyte.OTHER);
  }

  /** To other memory of the device. */
  static double deviceCopy(Effort.Run run) {
    return copied(run, Gibibyte.MEMORY, Gibibyte.OTHER);
  }

  private static double copied(Effort.Run run, CudaMemory... places) {
    DeviceStream stream = Gibibyte.STREAM.stream();
    return median(
        run,
        1,
        () -> {
          for (int i = 1; i < places.length; i++) {
            CudaCopies.copy(Gibibyte.view(places[i - 1]), Gibibyte.view(places[i]), 0, stream);
          }
          Gibibyte.STREAM.synchronize();
        },
        () -> {});
  }

  /** One piece of work, by the median of batches; what comes after a batch is not timed. */
  private static double median(Effort.Run run, int batch, Runnable work, Runnable after) {
    long end =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos((long) run.iterations() * run.millis());
    DoubleStream.Builder found = DoubleStream.builder();
    do {
      long begin = System.nanoTime();
      for (int i = 0; i < batch; i++) {
        work.run();
      }
      found.add((double) (System.nanoTime() - begin) / batch);
      after.run();
    } while (System.nanoTime() < end);
    return Numbers.median(found.build());
  }

  private static void awaitReleases() {
    try {
      if (!CudaReleases.await(PATIENCE)) {
        throw new IllegalStateException(
            "expected releases within %s but some are pending: %s"
                .formatted(PATIENCE, CudaReleases.statistics()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for releases", e);
    }
  }
}
