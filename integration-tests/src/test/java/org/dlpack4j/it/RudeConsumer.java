package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.dlpack4j.abi.Flavour;

/**
 * librude-consumer; rude_consumer.h says what each function does. Structs are passed by address,
 * and Arrow's by {@link ArrowStruct}.
 */
@SuppressWarnings("restricted") // The descriptors are those of the header.
public final class RudeConsumer {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS =
      SymbolLookup.libraryLookup(NativeBuild.find("librude-consumer.so"), Arena.global());

  private static final MethodHandle SUM =
      link("rude_sum_float64", FunctionDescriptor.of(JAVA_DOUBLE, JAVA_LONG, JAVA_INT));
  private static final MethodHandle DELETE = link("rude_delete", ofVoid());
  private static final MethodHandle DELETE_CRITICALLY =
      link("rude_delete", ofVoid(), Linker.Option.critical(false));
  private static final MethodHandle DELETE_TWICE = link("rude_delete_twice", ofVoid());
  private static final MethodHandle DELETE_CONCURRENTLY =
      link("rude_delete_concurrently", ofVoid(JAVA_INT));
  private static final MethodHandle DELETE_ON_NEW_THREAD =
      link("rude_delete_on_new_thread", ofVoid());
  private static final MethodHandle DELETE_IN_THREAD_DESTRUCTOR =
      link("rude_delete_in_thread_destructor", ofVoid());
  private static final MethodHandle DELETE_EACH_ON_OWN_THREAD =
      link(
          "rude_delete_each_on_own_thread", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT));
  private static final MethodHandle DELETE_AT_EXIT = link("rude_delete_at_exit", ofVoid());
  private static final MethodHandle WORKER =
      link(
          "rude_worker_deletes_and_is_joined_at_exit",
          FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle STORM =
      link("rude_storm", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle MOVE_CHILD =
      link("rude_move_child", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle NEXT =
      link("rude_next", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle NEXT_AT_EXIT =
      link("rude_next_at_exit", FunctionDescriptor.ofVoid(JAVA_LONG));
  private static final MethodHandle THREAD_COUNT =
      link("rude_thread_count", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle RESIDENT_KIB =
      link("rude_resident_kib", FunctionDescriptor.of(JAVA_LONG));
  private static final MethodHandle QUARANTINE_ALLOCATE =
      link("rude_quarantine_allocate", FunctionDescriptor.of(ADDRESS, JAVA_LONG));

  private RudeConsumer() {}

  public static double sum(long tensor, Flavour flavour) {
    return (double) call(SUM, tensor, versioned(flavour));
  }

  /** By exact types, so that it is quick and takes little stack. */
  public static void delete(long tensor, Flavour flavour) {
    try {
      DELETE.invokeExact(tensor, versioned(flavour));
    } catch (Error e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** From a downcall during which the JVM believes itself to be in Java. */
  public static void deleteCritically(long tensor, Flavour flavour) {
    call(DELETE_CRITICALLY, tensor, versioned(flavour));
  }

  public static void deleteTwice(long tensor, Flavour flavour) {
    call(DELETE_TWICE, tensor, versioned(flavour));
  }

  public static void deleteConcurrently(long tensor, Flavour flavour, int threads) {
    call(DELETE_CONCURRENTLY, tensor, versioned(flavour), threads);
  }

  public static void deleteOnNewThread(long tensor, Flavour flavour) {
    deleteOnNewThread(tensor, versioned(flavour));
  }

  static void deleteOnNewThread(long struct, int kind) {
    call(DELETE_ON_NEW_THREAD, struct, kind);
  }

  public static void deleteInThreadDestructor(long tensor, Flavour flavour) {
    deleteInThreadDestructor(tensor, versioned(flavour));
  }

  static void deleteInThreadDestructor(long struct, int kind) {
    call(DELETE_IN_THREAD_DESTRUCTOR, struct, kind);
  }

  public static void deleteEachOnOwnThread(long[] tensors, Flavour flavour) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment array = arena.allocateFrom(JAVA_LONG, tensors);
      call(DELETE_EACH_ON_OWN_THREAD, array, versioned(flavour), tensors.length);
    }
  }

  public static void deleteAtExit(long tensor, Flavour flavour) {
    deleteAtExit(tensor, versioned(flavour));
  }

  static void deleteAtExit(long struct, int kind) {
    call(DELETE_AT_EXIT, struct, kind);
  }

  public static void workerDeletesAndIsJoinedAtExit(long first, long second, Flavour flavour) {
    workerDeletesAndIsJoinedAtExit(first, second, versioned(flavour));
  }

  static void workerDeletesAndIsJoinedAtExit(long first, long second, int kind) {
    call(WORKER, first, second, kind);
  }

  public static void storm(long[] tensors, Flavour flavour, int threads) {
    storm(tensors, versioned(flavour), threads);
  }

  static void storm(long[] structs, int kind, int threads) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment array = arena.allocateFrom(JAVA_LONG, structs);
      call(STORM, array, kind, structs.length, threads);
    }
  }

  /** Moves a child of an {@code ArrowArray} into another such struct. */
  public static void moveChild(long array, long index, long child) {
    call(MOVE_CHILD, array, index, child);
  }

  /** Reads the next {@code ArrowArray} of an {@code ArrowArrayStream}; 0 if that went well. */
  public static int next(long stream, long array) {
    return (int) call(NEXT, stream, array);
  }

  public static void nextAtExit(long stream) {
    call(NEXT_AT_EXIT, stream);
  }

  public static int threadCount() {
    return (int) call(THREAD_COUNT);
  }

  public static long residentKib() {
    return (long) call(RESIDENT_KIB);
  }

  public static MemorySegment quarantineAllocate(long bytes) {
    return ((MemorySegment) call(QUARANTINE_ALLOCATE, bytes)).reinterpret(bytes);
  }

  /** The address of a function of the library, such as one that a native owner calls. */
  public static MemorySegment function(String name) {
    return SYMBOLS.findOrThrow(name);
  }

  private static int versioned(Flavour flavour) {
    return flavour == Flavour.VERSIONED ? 1 : 0;
  }

  /** {@code void (*)(void *managed, int versioned, …)}. */
  private static FunctionDescriptor ofVoid(MemoryLayout... more) {
    return FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT).appendArgumentLayouts(more);
  }

  private static MethodHandle link(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), descriptor, options);
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a native call does not throw", thrown);
  }
}
