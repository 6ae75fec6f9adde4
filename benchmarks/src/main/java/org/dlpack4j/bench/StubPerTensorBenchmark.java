package org.dlpack4j.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * The straightforward way: every tensor has an arena with its struct and an upcall stub of its own
 * as deleter. The arena is closed once the deleter was called and has returned, as a stub cannot
 * free itself.
 */
public class StubPerTensorBenchmark {

  private static final long SHAPE = Flavour.VERSIONED.layout().byteSize();
  private static final long STRIDES = SHAPE + Long.BYTES;
  private static final int FLOAT64 = 2 | 64 << Byte.SIZE | 1 << Short.SIZE;

  private static final FunctionDescriptor DELETER = FunctionDescriptor.ofVoid(ADDRESS);
  private static final MethodHandle DELETE = findDelete();

  private static MethodHandle findDelete() {
    try {
      return MethodHandles.lookup()
          .findVirtual(
              Deletion.class, "delete", MethodType.methodType(void.class, MemorySegment.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** As it must be if consumers call deleters on threads of their own. */
  @Benchmark
  public void shared() throws Throwable {
    export(Arena.ofShared());
  }

  /** As it can be if the exporting thread outlives every consumer and closes the arenas itself. */
  @Benchmark
  public void confined() throws Throwable {
    export(Arena.ofConfined());
  }

  private static void export(Arena newArena) throws Throwable {
    Deletion deletion = new Deletion();
    try (newArena) {
      MemorySegment managed = newArena.allocate(STRIDES + Long.BYTES, Long.BYTES);
      fill(managed, stub(deletion, newArena));
      Baselines.requireSeen((long) Baselines.CONSUME.invokeExact(managed.address()), 1);
      if (!deletion.done) {
        throw new IllegalStateException("the deleter was not called");
      }
    }
  }

  @SuppressWarnings("restricted") // The stub lives until its only call has returned.
  private static MemorySegment stub(Deletion deletion, Arena arena) {
    return Linker.nativeLinker().upcallStub(DELETE.bindTo(deletion), DELETER, arena);
  }

  private static void fill(MemorySegment managed, MemorySegment deleter) {
    managed.set(JAVA_INT, 0, 1);
    managed.set(JAVA_INT, Integer.BYTES, 3);
    managed.set(ADDRESS, Flavour.VERSIONED.managerContext(), MemorySegment.NULL);
    managed.set(ADDRESS, Flavour.VERSIONED.deleter(), deleter);
    managed.set(JAVA_LONG, DlpackAbi.FLAGS, 0);
    long tensor = Flavour.VERSIONED.tensor();
    managed.set(JAVA_LONG, tensor + DlpackAbi.DATA, Vector.address());
    managed.set(JAVA_INT, tensor + DlpackAbi.DEVICE, 1);
    managed.set(JAVA_INT, tensor + DlpackAbi.DEVICE + Integer.BYTES, 0);
    managed.set(JAVA_INT, tensor + DlpackAbi.NDIM, 1);
    managed.set(JAVA_INT, tensor + DlpackAbi.DTYPE, FLOAT64);
    managed.set(ADDRESS, tensor + DlpackAbi.SHAPE, managed.asSlice(SHAPE));
    managed.set(ADDRESS, tensor + DlpackAbi.STRIDES, managed.asSlice(STRIDES));
    managed.set(JAVA_LONG, tensor + DlpackAbi.BYTE_OFFSET, 0);
    managed.set(JAVA_LONG, SHAPE, Vector.SIZE);
    managed.set(JAVA_LONG, STRIDES, 1);
  }

  /** What holds the owner in such code. */
  private static final class Deletion {
    private volatile boolean done;

    @SuppressWarnings("unused") // called from C
    void delete(MemorySegment managed) {
      done = true;
    }
  }
}
