package org.dlpack4j.gpucheck;

import java.time.Duration;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.Cuda;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.cuda.CudaDevice;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.CudaReleases;
import org.dlpack4j.device.DeviceStream;

/** Asks the driver what there is, or has it do something small. */
public final class DriverProbe {

  static final String TOUCH = "touch";

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private DriverProbe() {}

  /** Argument: {@link #TOUCH}, or none. */
  public static void main(String[] args) throws InterruptedException {
    if (args.length > 0) {
      touch();
    } else {
      ask();
    }
    Console.say(new Message.End());
  }

  private static void ask() {
    int version = Cuda.driverVersion();
    String found = "CUDA %d.%d".formatted(version / 1000, version % 1000 / 10);
    Console.say(new Message.Fact(Facts.DRIVER, Cuda.isAvailable(), Cuda.missing().orElse(found)));
    for (CudaDevice device : Cuda.devices()) {
      String text =
          "%s, %d MiB, GPU-%s".formatted(device.name(), device.totalBytes() >> 20, device.uuid());
      Console.say(new Message.Fact("device " + device.ordinal(), true, text));
    }
  }

  private static void touch() throws InterruptedException {
    try (CudaMemory host = CudaMemory.allocatePinned(4096);
        CudaMemory device = CudaMemory.allocate(0, 4096)) {
      TensorView bytes = host.view(DataType.UINT8, 4096);
      CudaCopies.copy(bytes, device.view(DataType.UINT8, 4096), 0, DeviceStream.LEGACY_DEFAULT);
    }
    if (!CudaReleases.await(PATIENCE)) {
      throw new IllegalStateException("expected a copy to end within " + PATIENCE);
    }
  }
}
