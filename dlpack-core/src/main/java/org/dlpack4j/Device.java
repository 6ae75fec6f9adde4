package org.dlpack4j;

import java.util.stream.IntStream;

/**
 * Where the bytes are. The type is open, like the code of a {@link DataType}.
 *
 * @param type one of the constants of {@link Type} or a later one
 * @param id which device of that type; 0 for CPU, pinned and managed memory
 */
public record Device(int type, int id) {

  /** DLPack's device types, under DLPack's names. */
  public static final class Type {
    /** Main memory. */
    public static final int CPU = 1;

    /** CUDA device memory. */
    public static final int CUDA = 2;

    /** Main memory pinned by CUDA. */
    public static final int CUDA_HOST = 3;

    /** OpenCL. */
    public static final int OPENCL = 4;

    /** Vulkan. */
    public static final int VULKAN = 7;

    /** Metal. */
    public static final int METAL = 8;

    /** Verilog simulator. */
    public static final int VPI = 9;

    /** ROCm device memory. */
    public static final int ROCM = 10;

    /** Main memory pinned by ROCm. */
    public static final int ROCM_HOST = 11;

    /** Reserved for extensions. */
    public static final int EXT_DEV = 12;

    /** CUDA managed memory. */
    public static final int CUDA_MANAGED = 13;

    /** oneAPI unified shared memory. */
    public static final int ONE_API = 14;

    /** WebGPU. */
    public static final int WEBGPU = 15;

    /** Qualcomm Hexagon. */
    public static final int HEXAGON = 16;

    /** Microsoft MAIA. */
    public static final int MAIA = 17;

    /** AWS Trainium. */
    public static final int TRN = 18;

    private Type() {}
  }

  /** Main memory. */
  public static final Device CPU = new Device(Type.CPU, 0);

  private static final String[] NAMES = {
    null,
    "cpu",
    "cuda",
    "cuda_host",
    "opencl",
    null,
    null,
    "vulkan",
    "metal",
    "vpi",
    "rocm",
    "rocm_host",
    "ext_dev",
    "cuda_managed",
    "one_api",
    "webgpu",
    "hexagon",
    "maia",
    "trn",
  };

  private static final Device[] FIRST =
      IntStream.range(0, NAMES.length)
          .mapToObj(type -> type == Type.CPU ? CPU : new Device(type, 0))
          .toArray(Device[]::new);

  /**
   * A device; the same object again and again for those that most tensors are on.
   *
   * @param type one of the constants of {@link Type} or a later one
   * @param id which device of that type
   * @return the device
   */
  public static Device of(int type, int id) {
    return id == 0 && type >= 0 && type < FIRST.length ? FIRST[type] : new Device(type, id);
  }

  /**
   * A CUDA device.
   *
   * @param id its ordinal in this process
   * @return the device
   */
  public static Device cuda(int id) {
    return new Device(Type.CUDA, id);
  }

  /**
   * Whether the CPU may read the bytes at their address.
   *
   * @return true for main, pinned and managed memory
   */
  public boolean isHostAccessible() {
    return switch (type) {
      case Type.CPU, Type.CUDA_HOST, Type.ROCM_HOST, Type.CUDA_MANAGED -> true;
      default -> false;
    };
  }

  /**
   * Whether {@code data} is an address that one can add to, on the CPU or on the device, and not a
   * handle.
   *
   * @return true for memory that the CPU may read, and that of CUDA, ROCm and oneAPI
   */
  public boolean hasAddresses() {
    return switch (type) {
      case Type.CUDA, Type.ROCM, Type.ONE_API -> true;
      default -> isHostAccessible();
    };
  }

  /** The type's name and the id, such as {@code cuda:1}; {@code cpu} alone for main memory. */
  @Override
  public String toString() {
    String name = type >= 0 && type < NAMES.length ? NAMES[type] : null;
    if (name == null) {
      name = "device" + type;
    }
    return this.equals(CPU) ? name : name + ":" + id;
  }
}
