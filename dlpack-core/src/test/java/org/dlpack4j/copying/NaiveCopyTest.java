package org.dlpack4j.copying;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.RandomLayouts;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.elements.TensorElements;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Random layouts, copied by the engine and bit by bit: all bytes of the memory are the same. */
class NaiveCopyTest {

  static final List<DataType> TYPES =
      List.of(
          DataType.INT8,
          DataType.FLOAT16,
          new DataType(Code.UINT, 24, 1),
          DataType.FLOAT32,
          DataType.INT64,
          new DataType(Code.FLOAT, 80, 1),
          DataType.COMPLEX128,
          new DataType(Code.UINT, 1, 1),
          new DataType(Code.INT, 2, 1),
          DataType.INT4,
          new DataType(Code.FLOAT6_E2M3FN, 6, 1),
          new DataType(Code.UINT, 12, 1));

  /** One thread, and several with the smallest chunks that there can be. */
  private static final List<CopySettings> SETTINGS =
      List.of(
          CopySettings.usual(),
          new CopySettings(3, 0, 1, Long.MAX_VALUE),
          new CopySettings(2, 0, 200, 100),
          new CopySettings(4, 0, 5000, Long.MAX_VALUE));

  @ParameterizedTest
  @FieldSource("TYPES")
  void copiesAnyLayoutToAnyOther(DataType dataType) {
    Set<CopyKernel> seen = EnumSet.noneOf(CopyKernel.class);
    RandomLayouts.forEach(
        dataType.bits(),
        100,
        layouts -> {
          long[] shape = Scene.shape(layouts.random);
          TensorLayout from = Scene.repeating(layouts, shape);
          TensorLayout to = Scene.layout(layouts, shape);
          seen.addAll(check(layouts.random, dataType, from, to));
        });
    assertThat(seen).containsAll(kernelsFor(dataType.bits()));
  }

  private static Set<CopyKernel> kernelsFor(int bits) {
    if (bits % Byte.SIZE != 0) {
      return EnumSet.of(CopyKernel.BITS);
    }
    return Integer.bitCount(bits) == 1
        ? EnumSet.complementOf(EnumSet.of(CopyKernel.BITS))
        : EnumSet.of(CopyKernel.RUNS, CopyKernel.STEPS);
  }

  @ParameterizedTest
  @FieldSource("TYPES")
  void copiesFromAnyStridesToContiguous(DataType dataType) {
    RandomLayouts.forEach(
        1000 + dataType.bits(),
        100,
        layouts -> {
          TensorLayout from = layouts.next();
          check(layouts.random, dataType, from, TensorLayout.contiguous(from.shape()));
        });
  }

  private static Set<CopyKernel> check(
      Random random, DataType dataType, TensorLayout from, TensorLayout to) {
    CopySettings settings = SETTINGS.get(random.nextInt(SETTINGS.size()));
    Set<CopyKernel> kernels = EnumSet.noneOf(CopyKernel.class);
    try (Arena arena = random.nextBoolean() ? Arena.ofShared() : Arena.ofConfined()) {
      Scene source = Scene.of(random, arena, dataType, from);
      Scene target = Scene.of(random, arena, dataType, to).expectCopy(source);

      new ElementCopy(settings, null).copy(source.elements, target.elements, 1);

      assertThat(target.actual())
          .as("%s from %s to %s with %s", dataType, from, to, settings)
          .isEqualTo(target.expected);
      assertThat(source.actual()).isEqualTo(source.expected);
      if (!to.isEmpty()) {
        kernels.add(plan(source.elements, target.elements).kernel);
      }
    }
    return kernels;
  }

  private static CopyPlan plan(TensorElements from, TensorElements to) {
    int bits = from.dataType().elementBits();
    return CopyPlan.of(
        bits,
        from.base() * Byte.SIZE + from.layout().offset() * bits,
        from.layout(),
        to.base() * Byte.SIZE + to.layout().offset() * bits,
        to.layout());
  }

  @Test
  void copiesLargeTransposesByWayOfABuffer() {
    RandomLayouts.forEach(
        5,
        40,
        layouts -> {
          Random random = layouts.random;
          DataType dataType = TYPES.get(random.nextInt(7));
          TensorLayout to = TensorLayout.contiguous(random.nextInt(1, 400), random.nextInt(1, 400));
          TensorLayout from = TensorLayout.contiguous(to.shape(1), to.shape(0)).transpose();
          check(random, dataType, from, to);
          check(random, dataType, to, from);
        });
  }
}
