package org.dlpack4j.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against integers without limits, and against looking at every element. */
class ExtentTest {

  private static final long[] EDGES = {
    0, 1, 2, 3, 7, 1L << 31, 1L << 32, 1L << 62, Long.MAX_VALUE - 1, Long.MAX_VALUE
  };

  private final Extent extent = new Extent();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void isExactOrSaysThatItCannotBe(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      int ndim = random.nextInt(5);
      long[] shape = random.longs(ndim).map(any -> edge(random)).toArray();
      long[] strides =
          random
              .longs(ndim)
              .map(any -> random.nextBoolean() ? edge(random) : ~edge(random))
              .toArray();
      BigInteger product = product(shape);

      boolean counted = extent.count(ndim, shape) == Extent.FITS;

      assertThat(counted).isEqualTo(product.bitLength() < Long.SIZE);
      if (counted) {
        assertReaches(shape, strides);
      }
    }
  }

  private static long edge(Random random) {
    return EDGES[random.nextInt(EDGES.length)];
  }

  /** A zero among them does not make the others small. */
  private static BigInteger product(long[] shape) {
    return IntStream.range(0, shape.length)
        .mapToObj(axis -> BigInteger.valueOf(Math.max(shape[axis], 1)))
        .reduce(BigInteger.ONE, BigInteger::multiply);
  }

  private void assertReaches(long[] shape, long[] strides) {
    BigInteger lowest = BigInteger.ZERO;
    BigInteger highest = BigInteger.ZERO;
    for (int axis = 0; axis < shape.length && extent.elementCount() != 0; axis++) {
      BigInteger distance =
          BigInteger.valueOf(shape[axis] - 1).multiply(BigInteger.valueOf(strides[axis]));
      lowest = lowest.add(distance.min(BigInteger.ZERO));
      highest = highest.add(distance.max(BigInteger.ZERO));
    }

    boolean fits = extent.reach(shape.length, shape, strides) == Extent.FITS;

    assertThat(fits).isEqualTo(lowest.bitLength() < Long.SIZE && highest.bitLength() < Long.SIZE);
    if (fits) {
      assertThat(extent.lowest()).isEqualTo(lowest.longValueExact());
      assertThat(extent.highest()).isEqualTo(highest.longValueExact());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void neverSaysThatElementsAreApartThatAreNot(long seed) {
    Random random = new Random(seed);
    int apart = 0;
    for (int round = 0; round < 5_000; round++) {
      int ndim = 1 + random.nextInt(3);
      long[] shape = random.longs(ndim, 1, 5).toArray();
      long[] strides = random.longs(ndim, -20, 21).toArray();

      if (!Extent.mayOverlap(ndim, shape, strides)) {
        assertThat(places(shape, strides)).hasSize(product(shape).intValueExact());
        apart++;
      }
    }
    assertThat(apart).isGreaterThan(500);
  }

  private static Set<Long> places(long[] shape, long[] strides) {
    Set<Long> places = new HashSet<>(Set.of(0L));
    for (int axis = 0; axis < shape.length; axis++) {
      Set<Long> more = new HashSet<>();
      for (long place : places) {
        for (long index = 0; index < shape[axis]; index++) {
          more.add(place + index * strides[axis]);
        }
      }
      places = more;
    }
    return places;
  }

  @Test
  void seesThatRowsOfAnyOrderAreApart() {
    assertThat(overlap(new long[] {2, 3, 4}, 12, 4, 1)).isFalse();
    assertThat(overlap(new long[] {2, 3, 4}, 1, 2, 6)).isFalse();
    assertThat(overlap(new long[] {2, 3, 4}, -4, 8, -1)).isFalse();
    assertThat(overlap(new long[] {2, 2, 2}, 1, 1, 9)).as("two alike").isTrue();
    assertThat(overlap(new long[] {2, 2}, 1, -1)).as("there and back").isTrue();
    assertThat(overlap(new long[] {2, 3}, 2, 1)).isTrue();
    assertThat(overlap(new long[] {2, 3}, 3, 1)).isFalse();
    assertThat(overlap(new long[] {1, 3}, 0, 1)).isFalse();
    assertThat(overlap(new long[] {2}, 0)).isTrue();
  }

  @Test
  void givesUpWhereNobodyLaysDataOut() {
    long far = 1L << 62;
    assertThat(overlap(new long[] {2, 2}, far, -far + 1)).as("2^63 - 1 apart").isFalse();
    assertThat(overlap(new long[] {2, 2}, far + 1, -far)).as("2^63 + 1 apart").isTrue();
    assertThat(overlap(new long[] {2}, Long.MIN_VALUE)).isTrue();
    assertThat(overlap(new long[] {2}, Long.MAX_VALUE)).isFalse();
  }

  private static boolean overlap(long[] shape, long... strides) {
    return Extent.mayOverlap(shape.length, shape, strides);
  }

  @Test
  void looksAtNoMoreOfTheArraysThanItIsTold() {
    long[] shape = {2, 3, -9, 0};
    long[] strides = {3, 1, Long.MIN_VALUE, 0};

    assertThat(extent.count(2, shape)).isEqualTo(Extent.FITS);
    assertThat(extent.elementCount()).isEqualTo(6);
    assertThat(extent.reach(2, shape, strides)).isEqualTo(Extent.FITS);
    assertThat(extent.highest()).isEqualTo(5);
    assertThat(extent.isContiguous()).isTrue();
    assertThat(Extent.mayOverlap(2, shape, strides)).isFalse();
    Extent.rowMajor(2, shape, strides);
    assertThat(strides).containsExactly(3, 1, Long.MIN_VALUE, 0);
  }

  @Test
  void fillsStridesAlsoBesideAZero() {
    long[] strides = new long[3];
    Extent.rowMajor(3, new long[] {5, 0, 4}, strides);
    assertThat(strides).containsExactly(4, 4, 1);
  }
}
