package org.dlpack4j.cudasim;

/** What the simulated driver counts, as {@code cudasim_counter} in cudasim.h. */
public enum SimulatorCounter {
  /** Device, managed and pinned allocations not yet freed. */
  LIVE_ALLOCATIONS(0),
  /** Their bytes, as asked for. */
  LIVE_BYTES(1),
  /** Copies, sets, launches, records, waits, frees in stream order, so far. */
  OPERATIONS_SUBMITTED(2),
  /** Those of them that have run. */
  OPERATIONS_RUN(3),
  /** Those that wait for something to force them. */
  OPERATIONS_PENDING(4),
  /** Second frees. */
  DOUBLE_FREES(5),
  /** Frees of an address that never was the start of an allocation. */
  INVALID_FREES(6),
  /** Operations that touched freed memory when they ran. */
  USES_AFTER_FREE(7),
  /** Operations that ran before their memory's allocation in stream order. */
  USES_BEFORE_ALLOCATION(8),
  /** Streams not yet destroyed. */
  LIVE_STREAMS(9),
  /** Events not yet destroyed. */
  LIVE_EVENTS(10),
  /** Handles of cuMemCreate and cuMemImportFromShareableHandle not yet released. */
  LIVE_HANDLES(11),
  /** Calls of any function of the driver. */
  CALLS(12),
  /** Calls and operations that failed on purpose. */
  FAULTS(13),
  /** Memory of other processes that is open here. */
  LIVE_IPC_MAPPINGS(14);

  private final int code;

  SimulatorCounter(int code) {
    this.code = code;
  }

  /** Its number in the header. */
  int code() {
    return code;
  }
}
