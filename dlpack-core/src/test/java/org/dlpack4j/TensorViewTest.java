package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorViewTest {

  private static final DataType FLOAT32X4 = new DataType(DataType.Code.FLOAT, 32, 4);
  private static final TensorLayout SIX = TensorLayout.contiguous(6);

  @Test
  void describesTheStartOfASegment() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(24, 8);

      TensorView view = TensorView.of(segment, DataType.FLOAT32, 2, 3);

      assertThat(view.address()).isEqualTo(segment.address());
      assertThat(view.dataAddress()).isEqualTo(segment.address());
      assertThat(view.dataType()).isEqualTo(DataType.FLOAT32);
      assertThat(view.device()).isEqualTo(Device.CPU);
      assertThat(view.layout()).isEqualTo(TensorLayout.contiguous(2, 3));
      assertThat(view.readOnly()).isFalse();
      assertThat(view.padded()).isFalse();
    }
  }

  @Test
  void isReadOnlyOverAReadOnlySegment() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(8).asReadOnly();

      assertThat(TensorView.of(segment, DataType.INT8, 8).readOnly()).isTrue();
    }
  }

  @Test
  void refusesASegmentThatIsTooSmall() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(23, 8);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> TensorView.of(segment, DataType.FLOAT32, 2, 3))
          .withMessage("segment: expected bytes for elements 0 to 5 of float32 but found 23 bytes");
    }
  }

  @Test
  void refusesALayoutThatReachesBelowTheSegment() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(64, 8);
      TensorLayout backwards = TensorLayout.strided(new long[] {3}, new long[] {-1});

      assertThatIllegalArgumentException()
          .isThrownBy(() -> TensorView.of(segment, DataType.INT8, backwards))
          .withMessage("segment: expected bytes for elements -2 to 0 of int8 but found 64 bytes");
      assertThat(TensorView.of(segment, DataType.INT8, SIX.slice(0, 5, -1, -1)).dataAddress())
          .isEqualTo(segment.address() + 5);
    }
  }

  @Test
  void refusesALayoutFarBeyondTheSegment() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(64, 8);
      TensorLayout far = TensorLayout.strided(new long[] {2}, new long[] {Long.MAX_VALUE});

      assertThatIllegalArgumentException()
          .isThrownBy(() -> TensorView.of(segment, DataType.FLOAT64, 1L << 62))
          .withMessageStartingWith("segment: expected bytes for elements 0 to " + ((1L << 62) - 1));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TensorView.of(segment, DataType.INT8, far))
          .withMessageStartingWith("segment: expected bytes for elements 0 to " + Long.MAX_VALUE);
    }
  }

  @Test
  void needsPackedBytesOnlyForSubByteTypes() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(2);

      assertThat(TensorView.of(segment, DataType.INT4, 3).dataAddress())
          .isEqualTo(segment.address());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TensorView.of(segment, DataType.INT4, 5))
          .withMessageContaining("elements 0 to 4 of int4 but found 2 bytes");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 2})
  void refusesAnArrayEvenIfEmpty(long size) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorView.of(MemorySegment.ofArray(new int[2]), DataType.INT32, size))
        .withMessageStartingWith("segment: expected native memory but found MemorySegment{")
        .withMessageEndingWith("; allocate it in an Arena, as the garbage collector moves arrays");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 16, 2",
    "2, 32, 4",
    "2, 64, 8",
    "5, 64, 4",
    "5, 128, 8",
  })
  void saysWhetherItsAddressIsAlignedToOneNumber(int code, int bits, int alignment) {
    DataType type = new DataType(code, bits, 1);

    assertThat(view(0x1000 + alignment, type, SIX).isAligned()).isTrue();
    assertThat(view(0x1000 + alignment / 2, type, SIX).isAligned()).isFalse();
    assertThat(view(0x1001, type, TensorLayout.contiguous(0)).isAligned()).as("empty").isTrue();
  }

  @Test
  void takesTheDataOfDevicesWithoutAddressesForAHandle() {
    Device vulkan = new Device(Device.Type.VULKAN, 0);
    TensorView handle = new TensorView(-1, DataType.INT64, vulkan, SIX, false, false);

    assertThat(handle.dataAddress()).isEqualTo(-1);
    assertThat(handle.isAligned()).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> handle.withLayout(SIX.slice(0, 1, 6, 1)))
        .withMessage(
            "layout: expected to begin at the handle that data is on vulkan:0 but found offset 1");
  }

  @Test
  void refusesNullForATensorWithElements() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(0, DataType.INT8, SIX))
        .withMessage("data: expected an address for 6 elements but found NULL");
  }

  @Test
  void hasNoDataAddressWhenEmpty() {
    TensorLayout empty = TensorLayout.contiguous(3, 0);

    assertThat(view(0, DataType.INT64, empty).dataAddress()).isZero();
    assertThat(view(0x1001, DataType.INT64, empty).dataAddress()).isZero();
    assertThat(view(0x1001, DataType.INT64, empty).address()).isEqualTo(0x1001);
  }

  @Test
  void findsTheFirstElementBehindAnOffset() {
    TensorLayout tail = SIX.slice(0, 4, 6, 1);

    assertThat(view(0x1000, DataType.FLOAT64, tail).dataAddress()).isEqualTo(0x1020);
    assertThat(view(0x1000, FLOAT32X4, tail).dataAddress()).isEqualTo(0x1040);
    assertThat(view(0x1000, DataType.INT4, tail).dataAddress()).isEqualTo(0x1002);
    assertThat(padded(0x1000, DataType.INT4, tail).dataAddress()).isEqualTo(0x1004);
  }

  @Test
  void refusesAFirstElementInTheMiddleOfAByte() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(0x1000, DataType.INT4, SIX.slice(0, 3, 6, 1)))
        .withMessage(
            "data: expected a first element on a whole byte but found bit 4 of one,"
                + " with [3] offset 3 of int4");
    assertThat(padded(0x1000, DataType.INT4, SIX.slice(0, 3, 6, 1)).dataAddress())
        .isEqualTo(0x1003);
  }

  @Test
  void saysTheBitOfAByteBelowTheBase() {
    TensorLayout below = TensorLayout.strided(new long[] {4}, new long[] {-1}).slice(0, 1, 4, 1);
    DataType fp6 = new DataType(DataType.Code.FLOAT6_E2M3FN, 6, 1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(0x1000, fp6, below))
        .withMessageContaining("but found bit 2 of one");
  }

  @Test
  void refusesAnExtentThatLeavesTheAddressSpace() {
    TensorLayout backwards = TensorLayout.strided(new long[] {3}, new long[] {-1});

    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(-8, DataType.INT8, TensorLayout.contiguous(10)))
        .withMessage(
            "data: expected element 9 within the address space but found 8 bits each"
                + " from 0xfffffffffffffff8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(8, DataType.INT64, backwards))
        .withMessage(
            "data: expected element -2 within the address space but found 64 bits each from 0x8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(0x1000, DataType.INT64, TensorLayout.contiguous(Long.MAX_VALUE)))
        .withMessageContaining("within the address space");
    assertThat(view(-8, DataType.INT8, TensorLayout.contiguous(8)).dataAddress()).isEqualTo(-8);
  }

  @Test
  void refusesALastElementThatEndsBeyondTheAddressSpace() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(-4, FLOAT32X4, TensorLayout.contiguous(1)))
        .withMessageContaining("within the address space");
  }

  @Test
  void refusesAFirstElementOutsideTheAddressSpace() {
    TensorLayout below = TensorLayout.strided(new long[] {9}, new long[] {-1}).slice(0, 8, 9, 1);
    TensorLayout above = TensorLayout.contiguous(9).slice(0, 8, 9, 1);
    TensorLayout far = TensorLayout.contiguous(1L << 62).slice(0, 1L << 61, 1L << 62, 1);

    for (TensorLayout layout : new TensorLayout[] {below, above, far}) {
      long base = layout.equals(above) ? -4 : 4;
      assertThatIllegalArgumentException()
          .as("%s", layout)
          .isThrownBy(() -> view(base, DataType.FLOAT32, layout))
          .withMessageContaining("within the address space");
    }
  }

  @Test
  void keepsEverythingButTheLayout() {
    TensorView view = new TensorView(0x1000, DataType.INT4, Device.cuda(1), SIX, true, true);

    assertThat(view.withLayout(SIX.reshape(2, 3)))
        .isEqualTo(
            new TensorView(0x1000, DataType.INT4, Device.cuda(1), SIX.reshape(2, 3), true, true));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(0x1000, DataType.INT4, SIX).withLayout(SIX.select(0, 1)))
        .withMessageContaining("bit 4");
  }

  @Test
  void losesTheRightToWriteOnRequest() {
    TensorView view = padded(0x1000, DataType.INT4, SIX);

    assertThat(view.asReadOnly())
        .isEqualTo(new TensorView(0x1000, DataType.INT4, Device.CPU, SIX, true, true));
    assertThat(view.readOnly()).isFalse();
  }

  @Test
  void saysWhatAndWhereItIs() {
    assertThat(view(0x1000, DataType.FLOAT32, TensorLayout.contiguous(2, 3)))
        .hasToString("float32[2, 3] on cpu at 0x1000");
    assertThat(new TensorView(0x1000, DataType.INT4, Device.cuda(1), SIX, true, true))
        .hasToString("int4[6] on cuda:1 at 0x1000, read-only, padded");
  }

  private static TensorView view(long address, DataType type, TensorLayout layout) {
    return new TensorView(address, type, Device.CPU, layout, false, false);
  }

  private static TensorView padded(long address, DataType type, TensorLayout layout) {
    return new TensorView(address, type, Device.CPU, layout, false, true);
  }
}
