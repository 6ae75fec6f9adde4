package org.dlpack4j.doctor.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HexFormat;

/** The few functions of NVIDIA's driver that tell what it has; those make no context. */
public final class CudaDriver {

  /** What the functions return when all is well. */
  public static final int SUCCESS = 0;

  private static final int NAME_BYTES = 256;
  private static final int UUID_BYTES = 16;

  private final Library library;

  private CudaDriver(Library library) {
    this.library = library;
  }

  /**
   * Loads the driver's library.
   *
   * @throws UnsatisfiedLinkError with the loader's reason
   */
  public static CudaDriver open() {
    return new CudaDriver(Library.open("libcuda.so.1"));
  }

  /** Starts it; to be called first. */
  public int init() {
    try {
      FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
      return (int) link("cuInit", type).invokeExact(0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Such as 13000 for CUDA 13.0; known before {@link #init}. */
  public int version() {
    return number("cuDriverGetVersion");
  }

  /** How many GPUs there are. */
  public int deviceCount() {
    return number("cuDeviceGetCount");
  }

  /** Such as {@code CUDA_ERROR_NO_DEVICE}. */
  public String nameOf(int error) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(ADDRESS);
      FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS);
      int result = (int) link("cuGetErrorName", type).invokeExact(error, name);
      return result == SUCCESS ? Library.string(name.get(ADDRESS, 0)) : "error " + error;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Such as {@code NVIDIA H100 80GB HBM3}. */
  public String deviceName(int ordinal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(NAME_BYTES);
      FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
      check(
          "cuDeviceGetName",
          (int) link("cuDeviceGetName", type).invokeExact(name, NAME_BYTES, device(ordinal)));
      return name.getString(0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Such as {@code GPU-c0ffee00-…}, as nvidia-smi writes it. */
  public String deviceUuid(int ordinal) {
    // The newer one tells the parts of a divided GPU apart.
    String function = library.find("cuDeviceGetUuid_v2").map(there -> "_v2").orElse("");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment uuid = arena.allocate(UUID_BYTES);
      FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
      check(
          "cuDeviceGetUuid",
          (int) link("cuDeviceGetUuid" + function, type).invokeExact(uuid, device(ordinal)));
      String hex = HexFormat.of().formatHex(uuid.toArray(JAVA_BYTE));
      return "GPU-" + hex.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Calls any other function; numbers and addresses go to it in 64 bits each. */
  void call(String function, long... arguments) {
    try {
      MemoryLayout[] words = new MemoryLayout[arguments.length];
      Arrays.fill(words, JAVA_LONG);
      Object[] all = Arrays.stream(arguments).boxed().toArray();
      MethodHandle handle = link(function, FunctionDescriptor.of(JAVA_INT, words));
      check(function, (int) handle.invokeWithArguments(all));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private int device(int ordinal) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment device = arena.allocate(JAVA_INT);
      FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
      check("cuDeviceGet", (int) link("cuDeviceGet", type).invokeExact(device, ordinal));
      return device.get(JAVA_INT, 0);
    }
  }

  private int number(String function) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, ADDRESS);
      check(function, (int) link(function, type).invokeExact(number));
      return number.get(JAVA_INT, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private void check(String function, int result) {
    if (result != SUCCESS) {
      throw new IllegalStateException(function + ": expected success but found " + nameOf(result));
    }
  }

  @SuppressWarnings("restricted") // The descriptors are those of the functions in cuda.h.
  private MethodHandle link(String function, FunctionDescriptor type) {
    MemorySegment address =
        library
            .find(function)
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "libcuda.so.1: expected the function " + function + " but found none"));
    return Linker.nativeLinker().downcallHandle(address, type);
  }

  private static RuntimeException failed(Throwable e) {
    if (e instanceof IllegalStateException known) {
      return known;
    }
    throw Library.unexpected(e);
  }
}
