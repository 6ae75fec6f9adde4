package org.dlpack4j.cudf;

import ai.rapids.cudf.Rmm;
import ai.rapids.cudf.RmmArenaMemoryResource;
import ai.rapids.cudf.RmmCudaAsyncMemoryResource;
import ai.rapids.cudf.RmmCudaMemoryResource;
import ai.rapids.cudf.RmmDeviceMemoryResource;
import ai.rapids.cudf.RmmManagedMemoryResource;
import ai.rapids.cudf.RmmPoolMemoryResource;
import ai.rapids.cudf.RmmWrappingDeviceMemoryResource;
import org.jspecify.annotations.Nullable;

/** Where RMM has the memory of columns from, and what that means for those who see it. */
public enum RmmMode {
  /** RMM was not set up from Java. */
  NONE("RMM is not initialized from Java: cuDF allocates each column by cudaMalloc"),

  /** {@code cudaMalloc}. */
  CUDA("RMM allocates each column by cudaMalloc: other processes can map it by CUDA IPC"),

  /** The driver's own pool. */
  ASYNC(
      "RMM allocates from cudaMallocAsync's pool: each column is an allocation of its own, which"
          + " other processes can have as a copy only"),

  /** A pool of RMM's. */
  POOL(
      "RMM allocates from a pool: columns share allocations, and a process that maps one of them"
          + " sees the pool"),

  /** Memory that the host sees as well. */
  MANAGED(
      "RMM allocates managed memory: columns are kDLCUDAManaged, and no process but this one can"
          + " map them"),

  /** Any other. */
  OTHER("RMM allocates by a resource of its own; ask that what it allocates");

  private final String meaning;

  RmmMode(String meaning) {
    this.meaning = meaning;
  }

  /**
   * The mode of new columns.
   *
   * @return as RMM was initialized, adaptors aside
   */
  public static RmmMode current() {
    return of(Rmm.getCurrentDeviceResource());
  }

  static RmmMode of(@Nullable RmmDeviceMemoryResource resource) {
    return switch (resource) {
      case null -> NONE;
      case RmmCudaMemoryResource _ -> CUDA;
      case RmmCudaAsyncMemoryResource _ -> ASYNC;
      case RmmPoolMemoryResource<?> pool -> pooled(pool.getWrapped());
      case RmmArenaMemoryResource<?> arena -> pooled(arena.getWrapped());
      case RmmManagedMemoryResource _ -> MANAGED;
      case RmmWrappingDeviceMemoryResource<?> adaptor -> of(adaptor.getWrapped());
      default -> OTHER;
    };
  }

  /** No other process maps managed memory, from a pool or not. */
  private static RmmMode pooled(RmmDeviceMemoryResource upstream) {
    return of(upstream) == MANAGED ? MANAGED : POOL;
  }

  /**
   * What it means for those who see the memory.
   *
   * @return a sentence
   */
  public String meaning() {
    return meaning;
  }
}
