package org.dlpack4j.cudasim;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.cudasim.internal.SimulatorLibrary.function;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.dlpack4j.cudasim.internal.SimulatorLibrary;
import org.jspecify.annotations.Nullable;

/**
 * A {@code libcuda.so.1} without a GPU, in which a missing wait shows every time: nothing runs
 * before something forces it, and then only what is ordered before it.
 *
 * <p>{@link #load} brings it into this process, before anything asks for the real one: every
 * library that needs {@code libcuda.so.1} from then on, JCuda's among them, gets this one. {@link
 * #unpack} is for other processes, which find it by {@code LD_LIBRARY_PATH}.
 *
 * <p>It holds nothing that could be closed, as a driver is never unloaded. Any thread.
 */
public final class CudaSimulator {

  private static final ReentrantLock LOCK = new ReentrantLock();

  private static @Nullable CudaSimulator loaded;

  private final MethodHandle count =
      function("cudasim_count", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
  private final MethodHandle resetCounters =
      function("cudasim_reset_counters", FunctionDescriptor.ofVoid());
  private final MethodHandle calls =
      function("cudasim_calls", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
  private final MethodHandle peek =
      function("cudasim_peek", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
  private final MethodHandle poke =
      function("cudasim_poke", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG));
  private final MethodHandle runAll = function("cudasim_run_all", FunctionDescriptor.of(JAVA_INT));
  private final MethodHandle setPatience =
      function("cudasim_set_patience", FunctionDescriptor.ofVoid(JAVA_LONG));
  private final MethodHandle fail =
      function("cudasim_fail", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_INT));
  private final MethodHandle clearFaults =
      function("cudasim_clear_faults", FunctionDescriptor.ofVoid());
  private final MethodHandle hold =
      function("cudasim_hold", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
  private final MethodHandle awaitHeld =
      function("cudasim_await_held", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
  private final MethodHandle letGo = function("cudasim_let_go", FunctionDescriptor.ofVoid());
  private final MethodHandle deinitialize =
      function("cudasim_deinitialize", FunctionDescriptor.ofVoid());
  private final MethodHandle setDevices =
      function("cudasim_set_devices", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private CudaSimulator() {}

  /**
   * The simulated driver in this process. Until its first {@code cuInit} it has one device, or as
   * many as the environment's {@code CUDASIM_DEVICES} says.
   *
   * @return the one of this process
   * @throws IllegalStateException if another {@code libcuda.so.1} is loaded already
   * @throws UnsatisfiedLinkError if it cannot be loaded, with the reason
   */
  public static CudaSimulator load() {
    LOCK.lock();
    try {
      CudaSimulator simulator = loaded;
      if (simulator == null) {
        SimulatorLibrary.load();
        simulator = new CudaSimulator();
        loaded = simulator;
      }
      return simulator;
    } finally {
      LOCK.unlock();
    }
  }

  /**
   * Writes the library for other processes, which need its folder in {@code LD_LIBRARY_PATH}.
   *
   * @param folder where to
   * @return the file, named {@code libcuda.so.1}
   * @throws IOException if it cannot be written
   */
  public static Path unpack(Path folder) throws IOException {
    return SimulatorLibrary.unpack(folder);
  }

  /**
   * Says how many devices there are; before the first {@code cuInit} of this process only.
   *
   * @param count from 1 to 16
   * @return this
   * @throws IllegalStateException if the driver is initialized, or refuses the number
   */
  public CudaSimulator withDevices(int count) {
    try {
      check("cudasim_set_devices", (int) setDevices.invokeExact(count));
      return this;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Asks for a number.
   *
   * @param counter which
   * @return its value now
   */
  public long count(SimulatorCounter counter) {
    try {
      return (long) count.invokeExact(counter.code());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Sets every counter to zero but those of what is live or pending. */
  public void resetCounters() {
    try {
      resetCounters.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * How often a function of the driver was called.
   *
   * @param function its name as the library exports it, such as {@code cuMemAlloc_v2}
   * @return the number of calls
   */
  public long calls(String function) {
    try (Arena arena = Arena.ofConfined()) {
      return (long) calls.invokeExact(arena.allocateFrom(function));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Reads device memory as it is at this moment, and forces nothing.
   *
   * @param address in device memory
   * @param size how many bytes
   * @return the bytes
   * @throws IllegalStateException if any of them is not live
   */
  public byte[] peek(long address, int size) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate(size);
      check("cudasim_peek", (int) peek.invokeExact(host, address, (long) size));
      return host.toArray(JAVA_BYTE);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Writes device memory at this moment, and forces nothing.
   *
   * @param address in device memory
   * @param bytes what to write
   * @throws IllegalStateException if any of the bytes there is not live
   */
  public void poke(long address, byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocateFrom(JAVA_BYTE, bytes);
      check("cudasim_poke", (int) poke.invokeExact(address, host, (long) bytes.length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Runs everything that is pending, on every device.
   *
   * @throws IllegalStateException if an operation failed
   */
  public void runAll() {
    try {
      check("cudasim_run_all", (int) runAll.invokeExact());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Says how many queries of the same unfinished operation answer "not ready" before one lets it
   * run. At first 1, for a query that never did would never end a polling loop.
   *
   * @param queries how many; negative: queries never run anything
   */
  public void setPatience(long queries) {
    try {
      setPatience.invokeExact(queries);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Lets a call fail instead of doing anything. The name "operation" stands for an operation that
   * runs: it is left out, and its error stays with the context, as on a GPU.
   *
   * @param function its name as the library exports it, or "operation"
   * @param n which call from now on; 1 is the next
   * @param error the {@code CUresult} to answer
   */
  public void fail(String function, long n, int error) {
    try (Arena arena = Arena.ofConfined()) {
      fail.invokeExact(arena.allocateFrom(function), n, error);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Takes back all faults that have not yet happened. */
  public void clearFaults() {
    try {
      clearFaults.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Has a call wait at its start, before it does anything, while other threads go on calling. One
   * call at a time.
   *
   * @param function its name as the library exports it
   * @param n which call from now on; 1 is the next
   */
  public void hold(String function, long n) {
    try (Arena arena = Arena.ofConfined()) {
      hold.invokeExact(arena.allocateFrom(function), n);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Waits until the call that is to be held has come.
   *
   * @param timeout how long at most
   * @return false if the time was up
   */
  public boolean awaitHeld(Duration timeout) {
    try {
      return (int) awaitHeld.invokeExact(timeout.toMillis()) == 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Has the call that is held go on, or holds none if it has not come. */
  public void letGo() {
    try {
      letGo.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Lets every later call fail, as when the process ends. Not to be undone. */
  public void deinitialize() {
    try {
      deinitialize.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void check(String function, int error) {
    if (error != 0) {
      throw new IllegalStateException(
          "%s: expected CUDA_SUCCESS but found error %d".formatted(function, error));
    }
  }

  private static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException refused -> refused;
      case Error error -> throw error;
      default -> new IllegalStateException("a native call throws nothing checked", thrown);
    };
  }
}
