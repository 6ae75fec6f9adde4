package org.dlpack4j.doctor.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What NVIDIA's driver lets be done with memory of a GPU: asked for, then really tried. What it
 * gives is not given back, for the process to end with.
 */
public final class CudaTrials {

  /** As much as copies keep pinned at most. */
  private static final long PINNED_BYTES = 16L << 20;

  private static final long HANDLE_BYTES = 64;
  private static final int UNIFIED_ADDRESSING = 41;
  private static final int VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED = 102;
  private static final int HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED = 103;

  private static final int PINNED = 1;
  private static final int POSIX_DESCRIPTOR = 1;
  private static final int ON_DEVICE = 1;

  /** CUmemAllocationProp: type, handle types, location, and what is of no use here. */
  private static final long PROPERTIES_INTS = 8;

  private final CudaDriver driver;
  private final int device;
  private final MemorySegment out = Arena.global().allocate(JAVA_LONG);

  /**
   * Starts the driver, and makes the primary context of a GPU current on this thread.
   *
   * @throws IllegalStateException if the driver refuses, with its reason
   */
  public CudaTrials(CudaDriver driver, int ordinal) {
    this.driver = driver;
    driver.call("cuInit", 0);
    driver.call("cuDeviceGet", out.address(), ordinal);
    device = out.get(JAVA_INT, 0);
    driver.call("cuCtxSetCurrent", given("cuDevicePrimaryCtxRetain", device));
  }

  /** What is to be tried. */
  @FunctionalInterface
  public interface Trial {
    String on(CudaTrials trials);
  }

  /** Does one; that the driver refuses is its outcome. */
  public Attempt of(Trial trial) {
    try {
      return Attempt.worked(trial.on(this));
    } catch (IllegalStateException e) {
      return Attempt.failed(String.valueOf(e.getMessage()));
    }
  }

  /** Memory that leaves by a file's descriptor. */
  public String sharedByDescriptor() {
    require(VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED, "virtual memory management");
    require(HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED, "POSIX descriptors");
    MemorySegment properties = Arena.global().allocate(JAVA_INT, PROPERTIES_INTS);
    properties.setAtIndex(JAVA_INT, 0, PINNED);
    properties.setAtIndex(JAVA_INT, 1, POSIX_DESCRIPTOR);
    properties.setAtIndex(JAVA_INT, 2, ON_DEVICE);
    properties.setAtIndex(JAVA_INT, 3, device);
    long page = given("cuMemGetAllocationGranularity", properties.address(), 0);
    long memory = given("cuMemCreate", page, properties.address(), 0);
    given("cuMemExportToShareableHandle", memory, POSIX_DESCRIPTOR, 0);
    return "exported, in pages of %d KiB".formatted(page >> 10);
  }

  /** Ordinary memory that leaves by the driver's legacy handle. */
  public String sharedByHandle() {
    long memory = given("cuMemAlloc_v2", 1);
    driver.call("cuIpcGetMemHandle", Arena.global().allocate(HANDLE_BYTES).address(), memory);
    return "exported";
  }

  /** One space of addresses for host and GPUs, in which the driver can be asked about any. */
  public String unifiedAddresses() {
    require(UNIFIED_ADDRESSING, "unified addressing");
    return "of host and GPUs";
  }

  /** Main memory that GPUs reach. */
  public String pinned() {
    given("cuMemHostAlloc", PINNED_BYTES, 0);
    return "%d MiB were pinned".formatted(PINNED_BYTES >> 20);
  }

  private void require(int attribute, String name) {
    driver.call("cuDeviceGetAttribute", out.address(), attribute, device);
    if (out.get(JAVA_INT, 0) == 0) {
      throw new IllegalStateException(
          "cuDeviceGetAttribute: expected " + name + " but the GPU has none");
    }
  }

  private long given(String function, long... arguments) {
    long[] all = new long[arguments.length + 1];
    all[0] = out.address();
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    driver.call(function, all);
    return out.get(JAVA_LONG, 0);
  }
}
