package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.dlpack4j.cuda.internal.DriverFunction;
import org.dlpack4j.cuda.internal.DriverLibrary;

/** An error of CUDA's driver. */
public final class CudaException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  /** Errors that stay: every later call in the process answers them, too. */
  private static final Set<Integer> STICKY =
      Set.of(214, 700, 702, 710, 714, 715, 716, 717, 718, 719);

  static final int DEINITIALIZED = 4;
  static final int UNKNOWN = 999;

  private final String function;
  private final int code;

  CudaException(String function, int code) {
    super("%s: expected CUDA_SUCCESS but found %s".formatted(function, describe(code)));
    this.function = function;
    this.code = code;
  }

  /** Calls a function of the driver, and takes any error for an exception. */
  static void call(DriverFunction function, long... arguments) {
    requireSuccess(function, function.call(arguments));
  }

  static void requireSuccess(DriverFunction function, int error) {
    if (error != 0) {
      throw new CudaException(function.name(), error);
    }
  }

  /**
   * Which function answered it.
   *
   * @return its name, as the driver exports it
   */
  public String function() {
    return function;
  }

  /**
   * The error.
   *
   * @return the number of the {@code CUresult}
   */
  public int code() {
    return code;
  }

  /**
   * Whether nothing will work any more: a kernel has failed, and the driver answers this to
   * whatever it is asked, until the process ends.
   *
   * @return true if it is such an error
   */
  public boolean isSticky() {
    return STICKY.contains(code);
  }

  private static String describe(int code) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      if (CudaDriver.cuGetErrorName.call(code, out.address()) != 0) {
        return "error " + code;
      }
      String name = DriverLibrary.string(out.get(JAVA_LONG, 0));
      int error = CudaDriver.cuGetErrorString.call(code, out.address());
      return error == 0 ? name + ", " + DriverLibrary.string(out.get(JAVA_LONG, 0)) : name;
    }
  }
}
