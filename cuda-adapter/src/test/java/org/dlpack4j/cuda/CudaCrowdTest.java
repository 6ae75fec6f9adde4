package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.cudasim.SimulatorCounter;
import org.dlpack4j.device.Handshake;
import org.dlpack4j.exporting.ExportedTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many threads give tensors to each other, on two devices and several streams. */
@ExtendWith(Gpu.class)
class CudaCrowdTest {

  private static final int THREADS = 8;
  private static final int ROUNDS = 150;
  private static final int BYTES = 256;

  private final LongAdder releases = new LongAdder();

  @Test
  void nothingIsLostFreedTwiceOrReadTooEarly() throws Exception {
    CudaSimulator simulator = Gpu.simulator();
    ReleaseStatistics before = CudaReleases.statistics();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Void>> futures = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        futures.add(threads.submit(work(i)));
      }
      for (Future<Void> future : futures) {
        future.get();
      }
    }
    Gpu.awaitReleases();
    simulator.runAll();
    ReleaseStatistics after = CudaReleases.statistics();
    assertThat(after.released() - before.released()).isEqualTo(releases.sum());
    assertThat(after.failed()).isEqualTo(before.failed());
    assertThat(after.stuck()).isEqualTo(before.stuck());
    assertThat(simulator.count(SimulatorCounter.USES_AFTER_FREE)).isZero();
    assertThat(simulator.count(SimulatorCounter.OPERATIONS_PENDING)).isZero();
  }

  private Callable<Void> work(int seed) {
    return () -> {
      Random random = new Random(seed);
      int device = seed % 2;
      try (CudaStream producer = CudaStream.create(device);
          CudaStream consumer = CudaStream.create(device)) {
        for (int i = 0; i < ROUNDS; i++) {
          round(random, device, (byte) random.nextInt(), producer, consumer);
          if (random.nextInt(20) == 0) {
            CudaStream.create(device).close();
          }
        }
      }
      return null;
    };
  }

  /** A producer's tensor goes out, comes in, and is copied; its end overtakes all of its work. */
  private void round(
      Random random, int device, byte value, CudaStream producer, CudaStream consumer) {
    CudaMemory memory = allocate(random, device);
    Gpu.set(memory, value, device, producer.stream());
    Handshake ready = Handshake.after(Cuda.device(device).device(), producer.stream());
    MemorySegment managed =
        CudaExporter.versioned().export(memory, DataType.UINT8, BYTES).transferOut();
    CudaTensor tensor = CudaImporter.versioned().adopt(managed);
    count(2);
    if (random.nextBoolean()) {
      tensor = givenOn(tensor);
    }
    ready.before(consumer.stream());
    if (random.nextBoolean()) {
      assertThat(last(tensor.view(), device, consumer)).isEqualTo(value);
    }
    if (random.nextBoolean()) {
      leaveACopyUnderWay(tensor.view(), random.nextInt(2), device, consumer);
    }
    tensor.close();
  }

  private static CudaMemory allocate(Random random, int device) {
    return switch (random.nextInt(4)) {
      case 0 -> CudaMemory.allocatePinned(BYTES);
      case 1 -> CudaMemory.allocateManaged(device, BYTES);
      default -> CudaMemory.allocate(device, BYTES);
    };
  }

  private CudaTensor givenOn(CudaTensor tensor) {
    TensorView view = tensor.view();
    ExportedTensor again = CudaExporter.versioned().export(view, tensor.intoOwner());
    count(1);
    return CudaImporter.versioned().adopt(again.transferOut());
  }

  private static byte last(TensorView view, int device, CudaStream stream) {
    try (TensorCopy copy = CudaCopies.toMainMemory(view, device, stream.stream())) {
      return (byte) copy.elements().getLong(BYTES - 1);
    }
  }

  private void leaveACopyUnderWay(TensorView view, int to, int device, CudaStream stream) {
    CudaCopies.queueContiguous(view, Cuda.device(to).device(), device, stream.stream()).close();
    count(1);
  }

  private void count(int count) {
    releases.add(count);
  }
}
