package org.dlpack4j.bench;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** The C library's heap: called from Java, one call each, or in a loop in C. */
public class HeapBenchmark {

  private static final int COUNT = 1000;

  private static final MethodHandle MALLOC =
      link("malloc", FunctionDescriptor.of(JAVA_LONG, words(1)));
  private static final MethodHandle CALLOC =
      link("calloc", FunctionDescriptor.of(JAVA_LONG, words(2)));
  private static final MethodHandle FREE = link("free", FunctionDescriptor.ofVoid(JAVA_LONG));

  private static MemoryLayout[] words(int count) {
    MemoryLayout[] layouts = new MemoryLayout[count];
    Arrays.fill(layouts, JAVA_LONG);
    return layouts;
  }

  @SuppressWarnings("restricted") // The descriptors are those of the manual page.
  private static MethodHandle link(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  @Benchmark
  public long malloc64Bytes() throws Throwable {
    return mallocAndFree(64);
  }

  @Benchmark
  public long malloc64Kib() throws Throwable {
    return mallocAndFree(64 << 10);
  }

  @Benchmark
  public long malloc16Mib() throws Throwable {
    return mallocAndFree(16 << 20);
  }

  @Benchmark
  public long calloc64Bytes() throws Throwable {
    return callocAndFree(64);
  }

  @Benchmark
  public long calloc64Kib() throws Throwable {
    return callocAndFree(64 << 10);
  }

  @Benchmark
  public long calloc16Mib() throws Throwable {
    return callocAndFree(16 << 20);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void loop64Bytes() throws Throwable {
    loop(64);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void loop64Kib() throws Throwable {
    loop(64 << 10);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void loop16Mib() throws Throwable {
    loop(16 << 20);
  }

  private static long mallocAndFree(long bytes) throws Throwable {
    return freed((long) MALLOC.invokeExact(bytes));
  }

  private static long callocAndFree(long bytes) throws Throwable {
    return freed((long) CALLOC.invokeExact(1L, bytes));
  }

  private static long freed(long address) throws Throwable {
    if (address == 0) {
      throw new OutOfMemoryError("malloc: expected memory but found none");
    }
    FREE.invokeExact(address);
    return address;
  }

  private static void loop(long bytes) throws Throwable {
    long missing = (long) Baselines.MALLOC_FREE.invokeExact(bytes, (long) COUNT);
    if (missing != 0) {
      throw new OutOfMemoryError("malloc: expected memory but found none");
    }
  }
}
