package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Linker;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tensor after tensor in one object leaves nothing to the garbage collector. */
class GarbageTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CYCLES = 10_000;

  /** The compiler may be slow on a busy machine; only a test that fails uses them all. */
  private static final int MOST_ROUNDS = 500;

  /** A deleter that does nothing, so that only we can make garbage. */
  private static final long LABS =
      Linker.nativeLinker().defaultLookup().findOrThrow("labs").address();

  @ParameterizedTest
  @MethodSource
  void makesNone(String name, ForeignTensor foreign, int ndim) {
    ReusableTensor tensor = foreign.deleter(LABS).importer().reusable();
    long address = foreign.address();
    LongSupplier cycle =
        () -> {
          tensor.adopt(address);
          try {
            return ndim == 1 ? tensor.getLong(1) : tensor.getLong(1, 2);
          } finally {
            tensor.close();
          }
        };

    // A byte in ten cycles would be one object in a hundred and more.
    assertThat(leastGarbage(cycle)).as(name).isLessThan(CYCLES / 10);
  }

  static Stream<Arguments> makesNone() {
    return Stream.of(Flavour.values())
        .flatMap(
            flavour ->
                Stream.of(
                    Arguments.of("contiguous", tensor(flavour).shape(6), 1),
                    Arguments.of("strided", tensor(flavour).shape(6).strides(-2), 1),
                    Arguments.of("no strides", tensor(flavour).shape(6).withoutStrides(), 1),
                    Arguments.of("contiguous", tensor(flavour).shape(2, 3), 2),
                    Arguments.of("strided", tensor(flavour).shape(2, 3).strides(1, 2), 2),
                    Arguments.of("overlapping", tensor(flavour).shape(2, 3).strides(0, 1), 2),
                    Arguments.of("no strides", tensor(flavour).shape(2, 3).withoutStrides(), 2)));
  }

  private static ForeignTensor tensor(Flavour flavour) {
    return ForeignTensor.of(flavour).dataType(DataType.INT32).byteOffset(64);
  }

  /** Of several rounds, as those before everything is compiled do not count. */
  private static long leastGarbage(LongSupplier cycle) {
    long least = Long.MAX_VALUE;
    long sum = 0;
    for (int round = 0; round < MOST_ROUNDS && least >= CYCLES / 10; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CYCLES; i++) {
        sum += cycle.getAsLong();
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(sum).as("zeros were read").isZero();
    return least;
  }
}
