package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Optional;
import org.dlpack4j.cuda.internal.DriverFunction;
import org.dlpack4j.device.DeviceMemory;
import org.dlpack4j.device.DeviceShare;
import org.dlpack4j.device.DeviceShare.Kind;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.internal.SystemCalls;

/** What other processes need to have an allocation of ours; goes with the allocation. */
final class Sharing {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.cuda");

  private static final int CU_EVENT_DISABLE_TIMING = 2;
  private static final int CU_EVENT_INTERPROCESS = 4;
  private static final int HANDLE_BYTES = 64;
  private static final int NO_DESCRIPTOR = -1;
  private static final int NOT_SUPPORTED = 801;

  private final DeviceShare share;

  /** Of several processes; 0 if there is none. */
  private final long event;

  private Sharing(DeviceShare share, long event) {
    this.share = share;
    this.event = event;
  }

  /**
   * Makes it.
   *
   * @param address where the allocation begins
   * @param kind as it was allocated
   * @return empty if the driver does not share such memory here
   */
  static Optional<Sharing> of(int ordinal, long address, Kind kind) {
    try (var _ = Context.of(ordinal).enter()) {
      DeviceMemory memory = Pointers.locate(address).orElseThrow();
      int descriptor = kind == Kind.DESCRIPTOR ? VirtualMemory.descriptor(address) : NO_DESCRIPTOR;
      String handle = kind == Kind.HANDLE ? handle(CudaDriver.cuIpcGetMemHandle, address) : "";
      long event = newEvent();
      String eventHandle = event == 0 ? "" : eventHandle(event);
      DeviceShare share =
          new DeviceShare(
              kind,
              memory.device(),
              Cuda.device(ordinal).uuid(),
              memory.base(),
              memory.byteSize(),
              descriptor,
              handle,
              eventHandle);
      return Optional.of(new Sharing(share, eventHandle.isEmpty() ? 0 : event));
    } catch (CudaException e) {
      if (e.code() != NOT_SUPPORTED) {
        throw e;
      }
      LOGGER.log(Level.INFO, "memory of cuda:{0} cannot be shared: {1}", ordinal, e.getMessage());
      return Optional.empty();
    }
  }

  private static String handle(DriverFunction function, long of) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(HANDLE_BYTES);
      CudaException.call(function, bytes.address(), of);
      return HexFormat.of().formatHex(bytes.toArray(JAVA_BYTE));
    }
  }

  private static long newEvent() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      int flags = CU_EVENT_DISABLE_TIMING | CU_EVENT_INTERPROCESS;
      int error = CudaDriver.cuEventCreate.call(out.address(), flags);
      return error == 0 ? out.get(JAVA_LONG, 0) : 0;
    }
  }

  /** Empty if the driver shares no events; then the event is gone. */
  private static String eventHandle(long event) {
    try {
      return handle(CudaDriver.cuIpcGetEventHandle, event);
    } catch (CudaException e) {
      CudaException.call(CudaDriver.cuEventDestroy_v2, event);
      LOGGER.log(
          Level.INFO,
          "events cannot be shared, so publishing waits for the device: {0}",
          e.getMessage());
      return "";
    }
  }

  DeviceShare share() {
    return share;
  }

  /** See {@link org.dlpack4j.device.DeviceRuntime#announce}. */
  void announce() {
    int ordinal = share.device().id();
    try (var _ = Context.of(ordinal).enter()) {
      long stream = Gathering.stream(ordinal);
      if (event == 0) {
        CudaRuntime.synchronize(ordinal, DeviceStream.of(stream));
      } else {
        CudaException.call(CudaDriver.cuEventRecord, event, stream);
      }
    }
  }

  /** Before the memory is freed; the context is current. */
  void end() {
    if (event != 0) {
      CudaException.call(CudaDriver.cuEventDestroy_v2, event);
    }
    if (share.descriptor() != NO_DESCRIPTOR) {
      SystemCalls.close(share.descriptor());
    }
  }
}
