package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.dlpack4j.abi.Flavour;

/** libhostile-producer; hostile_producer.h says what each function does. */
@SuppressWarnings("restricted") // The descriptors are those of the header.
public final class HostileProducer {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS =
      SymbolLookup.libraryLookup(NativeBuild.find("libhostile-producer.so"), Arena.global());

  private static final MethodHandle MAKE =
      link("hostile_make", FunctionDescriptor.of(ADDRESS, ADDRESS));
  private static final MethodHandle MAKE_WITHOUT_DELETER =
      link("hostile_make_without_deleter", FunctionDescriptor.of(ADDRESS, ADDRESS));
  private static final MethodHandle MAKE_GUARDED =
      link("hostile_make_guarded", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle MUTATE =
      link(
          "hostile_mutate", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle STOP = link("hostile_stop", FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle MAP =
      link("hostile_map", FunctionDescriptor.of(ADDRESS, JAVA_LONG));
  private static final MethodHandle PROTECT =
      link("hostile_protect", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle USE =
      link("hostile_use", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));

  private HostileProducer() {}

  static HostileTensor make(MemorySegment fields, Flavour flavour) {
    return new HostileTensor((MemorySegment) call(MAKE, fields), flavour);
  }

  static HostileTensor makeWithoutDeleter(MemorySegment fields, Flavour flavour) {
    return new HostileTensor((MemorySegment) call(MAKE_WITHOUT_DELETER, fields), flavour);
  }

  static HostileTensor makeGuarded(MemorySegment fields, Flavour flavour, long readable) {
    return new HostileTensor((MemorySegment) call(MAKE_GUARDED, fields, readable), flavour);
  }

  /** Copies the images, each as long as the target, over it until the result is closed. */
  public static Mutation mutate(MemorySegment target, MemorySegment... images) {
    long bytes = target.byteSize();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(bytes * images.length, Long.BYTES);
      for (int i = 0; i < images.length; i++) {
        MemorySegment.copy(images[i], 0, all, i * bytes, bytes);
      }
      long words = bytes / Long.BYTES;
      MemorySegment mutator =
          (MemorySegment) call(MUTATE, target, all, words, (long) images.length);
      return () -> call(STOP, mutator);
    }
  }

  /** Until it is closed, the target changes. */
  @FunctionalInterface
  public interface Mutation extends AutoCloseable {
    @Override
    void close();
  }

  /** Zeroed memory that is never given back, and behind which every access faults. */
  public static MemorySegment map(long bytes) {
    return ((MemorySegment) call(MAP, bytes)).reinterpret(bytes);
  }

  /** The same with something in it. */
  public static MemorySegment mapOf(byte... content) {
    MemorySegment memory = map(content.length);
    MemorySegment.copy(content, 0, memory, JAVA_BYTE, 0, content.length);
    return memory;
  }

  /** From now on every access to the memory faults. */
  public static void forbidAccess(MemorySegment memory) {
    call(PROTECT, memory, memory.byteSize(), 0);
  }

  /** From now on every write to the memory faults. */
  public static void forbidWriting(MemorySegment memory) {
    call(PROTECT, memory, memory.byteSize(), 1);
  }

  /** Has C call the action while it uses the memory. What the action throws ends the process. */
  public static void use(MemorySegment memory, Runnable action) {
    try (Arena arena = Arena.ofConfined()) {
      call(USE, memory, stub(action, arena));
    }
  }

  /** A {@code void (*)(void)} that runs an action. */
  static MemorySegment stub(Runnable action, Arena arena) {
    try {
      MethodHandle run =
          MethodHandles.publicLookup()
              .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
              .bindTo(action);
      return LINKER.upcallStub(run, FunctionDescriptor.ofVoid(), arena);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("Runnable.run", e);
    }
  }

  private static MethodHandle link(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), descriptor);
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError("a native call does not throw", e);
    }
  }
}
