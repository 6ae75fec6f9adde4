package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.Arrays;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.DataType;
import org.dlpack4j.NativeFunction;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.Consumer;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.exporting.WithExports;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Whose the memory of a copy is, and what its export says. */
@WithExports
@ResourceLock(CopiesTest.COUNTS)
class TensorCopyTest {

  private static final TensorLayout SHAPE = TensorLayout.contiguous(2, 3);
  private static final Duration PATIENCE = Duration.ofSeconds(CountingOwner.SECONDS);

  private final TensorElements tensor =
      TensorElements.of(
          MemorySegment.ofArray(new int[] {1, 2, 3, 4, 5, 6}), DataType.INT32, SHAPE.transpose());

  private final NativeFunction free = new NativeFunction();

  /** A copy that this test sees freed. */
  private TensorCopy watched() {
    MemorySegment memory = Arena.ofAuto().allocate(24, 64);
    NativeOwner owner = new NativeOwner(free.address().address(), 0x42, true);
    return new TensorCopy(new NewMemory(memory.address(), 24, owner), DataType.INT32, SHAPE, false);
  }

  @Test
  void isRowMajorAlignedAndWritable() {
    try (TensorCopy copy = Copies.contiguous(tensor)) {
      assertThat(copy.elements().toIntArray()).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(copy.elements().layout()).isEqualTo(TensorLayout.contiguous(3, 2));
      assertThat(copy.view().layout()).isEqualTo(TensorLayout.contiguous(3, 2));
      assertThat(copy.view().dataType()).isEqualTo(DataType.INT32);
      assertThat(copy.view().address() % 64).isZero();
      assertThat(copy.view().readOnly()).isFalse();
      copy.elements().setLong(7, 0, 1);
      assertThat(copy.elements().getLong(0, 1)).isEqualTo(7);
      assertThat(tensor.getLong(0, 1)).isEqualTo(4);
    }
  }

  @Test
  void holdsLargeTensorsOfAnyBytes() {
    long count = (9L << 20) + 13;
    TensorElements one =
        TensorElements.of(
            MemorySegment.ofArray(new byte[] {5}), DataType.INT8, TensorLayout.contiguous(1));

    try (TensorCopy copy =
        Copies.contiguous(one.withLayout(TensorLayout.contiguous(1).broadcast(count)))) {
      byte[] expected = new byte[(int) count];
      Arrays.fill(expected, (byte) 5);
      assertThat(copy.elements().toByteArray()).isEqualTo(expected);
      assertThat(copy.view().address() % Memory.LARGE_PAGE).isZero();
    }
  }

  @Test
  void holdsScalarsAndEmptyTensorsAndPackedOnes() {
    try (TensorCopy scalar = Copies.contiguous(tensor.withLayout(TensorLayout.contiguous()));
        TensorCopy empty = Copies.contiguous(tensor.withLayout(TensorLayout.contiguous(3, 0)));
        TensorCopy packed =
            Copies.contiguous(
                TensorElements.of(
                    MemorySegment.ofArray(new byte[] {0x21, 0x43}),
                    DataType.INT4,
                    TensorLayout.contiguous(4).slice(0, 3, 0, -1)))) {
      assertThat(scalar.elements().toIntArray()).containsExactly(1);
      assertThat(empty.view().dataAddress()).isZero();
      assertThat(packed.elements().toByteArray()).containsExactly(4, 3, 2);
      empty.export().close();
    }
  }

  @Test
  void exportsItselfFlaggedAsCopiedAndIsFreedOnceByTheConsumer() throws InterruptedException {
    TensorCopy copy = watched();
    copy.elements().setAll(1, 2, 3, 4, 5, 6);
    long address = copy.view().address();

    Consumer consumer = Consumer.versioned(copy.export());

    assertThat(consumer.flags()).isEqualTo(TensorFlags.IS_COPIED);
    assertThat(consumer.data()).isEqualTo(address);
    assertThat(consumer.shape()).containsExactly(2, 3);
    copy.close();
    assertThat(free.contexts()).isEmpty();
    consumer.delete();
    assertThat(Exports.awaitReleased(owner(), PATIENCE)).isTrue();
    assertThat(free.contexts()).containsExactly(0x42L);
  }

  private NativeOwner owner() {
    return new NativeOwner(free.address().address(), 0x42, true);
  }

  @Test
  void isNotFlaggedOnceItsMemoryIsShared() {
    NativeOwner owner = new NativeOwner(free.address().address(), 1, true);
    TensorView view = watched().view();

    try (SharedOwner shared = owner.shared()) {
      Consumer consumer = Consumer.versioned(TensorExporter.export(view, shared));
      assertThat(consumer.flags()).isZero();
      consumer.delete();
    }
  }

  @Test
  void isFreedOnceWhenClosed() {
    TensorCopy copy = watched();
    copy.elements();

    copy.close();
    copy.close();

    assertThat(free.contexts()).containsExactly(0x42L);
  }

  @Test
  void isFreedOnceWhenItsExportIsClosed() throws InterruptedException {
    TensorCopy copy = watched();
    ExportedTensor exported = copy.export();

    exported.close();
    exported.close();
    copy.close();

    assertThat(Exports.awaitReleased(owner(), PATIENCE)).isTrue();
    assertThat(free.contexts()).containsExactly(0x42L);
  }

  @Test
  void givesRealMemoryBackAgainAndAgain() {
    for (int i = 0; i < 300; i++) {
      TensorCopy copy = Copies.contiguous(tensor);
      if (i % 3 == 0) {
        copy.close();
      } else if (i % 3 == 1) {
        Consumer.versioned(copy.export()).delete();
      } else {
        copy.export().close();
      }
    }
    assertThat(Exports.releasePending()).isNotNegative();
  }

  @Test
  void saysWhatBecameOfIt() {
    TensorCopy exported = watched();
    assertThat(exported.toString()).startsWith("copy, held, of int32[2, 3] on cpu at 0x");
    exported.export().close();
    TensorCopy closed = watched();
    closed.close();

    assertThat(exported).hasToString("copy, exported");
    assertThatIllegalStateException()
        .isThrownBy(exported::export)
        .withMessage(
            "copy: expected it to be held but found it exported; the exported tensor owns it");
    assertThat(closed).hasToString("copy, closed");
    assertThatIllegalStateException()
        .isThrownBy(closed::elements)
        .withMessage("copy: expected it to be held but found it closed");
    assertThatIllegalStateException().isThrownBy(closed::view);
  }

  @Test
  void endsTheElementsThatItGaveOut() {
    TensorCopy exported = watched();
    TensorElements first = exported.elements();
    assertThat(exported.elements()).isSameAs(first);
    exported.export().close();
    TensorCopy closed = watched();
    TensorElements second = closed.elements();
    closed.close();

    assertThatIllegalStateException().isThrownBy(() -> first.getLong(0, 0));
    assertThatIllegalStateException().isThrownBy(() -> second.setLong(1, 0, 0));
  }

  @Test
  void staysHeldWhileANativeCallUsesItsElements() throws Throwable {
    TensorCopy copy = watched();
    MethodHandle tryToEnd =
        MethodHandles.lookup()
            .bind(this, "assertCannotEnd", MethodType.methodType(void.class, TensorCopy.class))
            .bindTo(copy);
    MemorySegment segment = copy.elements().segment();

    callBack(tryToEnd, segment);

    assertThat(copy.elements().segment().get(JAVA_INT, 0)).isEqualTo(99);
    copy.close();
    assertThat(free.contexts()).containsExactly(0x42L);
  }

  @SuppressWarnings("unused") // called from C
  void assertCannotEnd(TensorCopy copy) {
    assertThatIllegalStateException().isThrownBy(copy::export);
    assertThatIllegalStateException().isThrownBy(copy::close);
    assertThat(free.contexts()).isEmpty();
    copy.elements().setLong(99, 0, 0);
  }

  @SuppressWarnings("restricted") // The stub's type is that of the call.
  private static void callBack(MethodHandle target, MemorySegment argument) throws Throwable {
    FunctionDescriptor type = FunctionDescriptor.ofVoid(ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle dropping = MethodHandles.dropArguments(target, 0, MemorySegment.class);
      MemorySegment stub = Linker.nativeLinker().upcallStub(dropping, type, arena);
      Linker.nativeLinker().downcallHandle(stub, type).invoke(argument);
    }
  }

  @Test
  void leavesNothingBehindIfTheListenerThrows() {
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(
            () ->
                Copies.contiguous(
                    tensor,
                    (done, total) -> {
                      throw new UnsupportedOperationException("no");
                    }));
  }

  @Test
  void saysWhenThereIsNoMemory() {
    TensorElements huge = tensor.withLayout(TensorLayout.contiguous(1).broadcast(1L << 58));
    TensorElements beyond = tensor.withLayout(TensorLayout.contiguous(1).broadcast(1L << 60));

    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> Copies.contiguous(huge))
        .withMessageStartingWith("malloc(");
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> Copies.contiguous(beyond))
        .withMessageStartingWith("expected a copy of at most 2^58 elements but found [");
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> NewMemory.of(Long.MAX_VALUE - 5))
        .withMessage("expected a copy of less than 2^63 bytes but found " + (Long.MAX_VALUE - 5));
  }
}
