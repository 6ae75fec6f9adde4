package org.dlpack4j.doctor;

import java.util.List;
import org.dlpack4j.doctor.internal.CudaDriver;
import org.dlpack4j.doctor.internal.Library;
import org.jspecify.annotations.Nullable;

/** Asks NVIDIA's driver what it has, in a process of its own: a broken driver crashes or hangs. */
final class CudaProbe {

  static final String LIBRARY_FAULT = "library-fault";
  static final String VERSION = "version";
  static final String FAULT = "fault";
  static final String GPU = "gpu";
  static final String COMPILER = "compiler";

  private static final List<String> COMPILERS =
      List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so");

  private CudaProbe() {}

  public static void main(String[] args) {
    COMPILERS.stream()
        .filter(CudaProbe::canBeLoaded)
        .findFirst()
        .ifPresent(name -> say(COMPILER, name));
    try {
      ask(CudaDriver.open());
    } catch (UnsatisfiedLinkError e) {
      say(LIBRARY_FAULT, e.getMessage());
    } catch (IllegalStateException e) {
      say(FAULT, e.getMessage());
    }
  }

  private static void ask(CudaDriver driver) {
    say(VERSION, driver.version());
    int result = driver.init();
    if (result != CudaDriver.SUCCESS) {
      say(FAULT, "cuInit: " + driver.nameOf(result));
      return;
    }
    int count = driver.deviceCount();
    for (int gpu = 0; gpu < count; gpu++) {
      say(GPU, driver.deviceName(gpu) + ", " + driver.deviceUuid(gpu));
    }
  }

  private static boolean canBeLoaded(String library) {
    try {
      Library.open(library);
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false; // The answer.
    }
  }

  @SuppressWarnings("SystemOut") // The protocol.
  private static void say(String key, @Nullable Object value) {
    System.out.println(key + "\t" + value);
  }
}
