package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Imported tensors that several threads, or one in the wrong order, use up. */
class ImportedHandleTest {

  private static final int ROUNDS = 500;
  private static final TensorImporter VERSIONED = TensorImporter.versioned();

  private final MemorySegment data = HostileProducer.mapOf((byte) 1, (byte) 2);
  private final HostileTensor tensor =
      HostileFields.of(Flavour.VERSIONED, data, DataType.INT8, 2).makeGuarded();

  @Tag("abuse-10")
  @Test
  void ofCloseAndTransferOutAndIntoOwnerOneWins() throws Exception {
    HostileFields fields = HostileFields.of(Flavour.VERSIONED, data, DataType.INT8, 2);
    try (Contest contest = new Contest()) {
      for (int i = 0; i < ROUNDS; i++) {
        HostileTensor made = fields.make();
        ImportedTensor shared = VERSIONED.shared().adopt(made.managed());
        List<Integer> wins =
            contest.of(() -> close(shared, made), () -> transfer(shared), () -> own(shared));
        assertThat(wins.get(0) + wins.get(1) + wins.get(2)).isLessThanOrEqualTo(1);
        if (wins.get(1) == 1) {
          assertThat(made.deletes()).isZero();
          made.delete();
        }
        assertThat(made.deletes()).isOne();
      }
    }
  }

  /**
   * That a close did it cannot be seen, as it says nothing; that two did is one delete too many.
   */
  private static int close(ImportedTensor tensor, HostileTensor made) {
    tensor.close();
    assertThat(tensor.toString()).doesNotEndWith("held");
    assertThat(made.deletes()).isLessThanOrEqualTo(1);
    return 0;
  }

  private static int transfer(ImportedTensor tensor) {
    return wins(tensor::transferOut) == null ? 0 : 1;
  }

  private static int own(ImportedTensor tensor) {
    Owner owner = wins(tensor::intoOwner);
    if (owner == null) {
      return 0;
    }
    owner.release();
    return 1;
  }

  private static <T> @Nullable T wins(Supplier<T> end) {
    try {
      return end.get();
    } catch (IllegalStateException e) {
      return null;
    }
  }

  @Tag("abuse-13")
  @ParameterizedTest
  @EnumSource(
      value = ImportWay.class,
      names = {"CONFINED", "SHARED"})
  void aTensorThatWasGivenAwaySaysSo(ImportWay way) {
    ImportedTensor imported = way.adopt(VERSIONED, tensor).imported();
    Used used = new Used(imported);
    imported.transferOut();
    used.assertAllRefuse("transferred out; whoever got it owns it");
    imported.close();
    assertThat(tensor.deletes()).isZero();
    tensor.delete();
    used.assertAllRefuse("transferred out; whoever got it owns it");
  }

  @Tag("abuse-13")
  @ParameterizedTest
  @EnumSource(
      value = ImportWay.class,
      names = {"CONFINED", "SHARED"})
  void aClosedTensorSaysSo(ImportWay way) {
    tensor.owning(data);
    ImportedTensor imported = way.adopt(VERSIONED, tensor).imported();
    Used used = new Used(imported);
    imported.close();
    imported.close();
    used.assertAllRefuse("closed");
    assertThat(tensor.deletes()).isOne();
  }

  @Tag("abuse-13")
  @ParameterizedTest
  @EnumSource(
      value = ImportWay.class,
      names = {"CONFINED", "SHARED"})
  void aTensorThatBecameAnOwnerSaysSo(ImportWay way) {
    tensor.owning(data);
    ImportedTensor imported = way.adopt(VERSIONED, tensor).imported();
    Used used = new Used(imported);
    Owner owner = imported.intoOwner();
    used.assertAllRefuse("turned into an owner");
    imported.close();
    assertThat(tensor.deletes()).isZero();
    owner.release();
    assertThatIllegalStateException().isThrownBy(owner::release);
    assertThat(tensor.deletes()).isOne();
  }

  @Tag("abuse-13")
  @Test
  void aTensorWhoseArenaIsClosedSaysSo() {
    tensor.owning(data);
    ImportedTensor imported;
    Used used;
    try (Arena arena = Arena.ofConfined()) {
      imported = VERSIONED.adopt(tensor.managed(), arena);
      used = new Used(imported);
      for (ThrowingCallable end :
          List.<ThrowingCallable>of(imported::close, imported::transferOut, imported::intoOwner)) {
        assertThatExceptionOfType(UnsupportedOperationException.class)
            .isThrownBy(end)
            .withMessageContaining("the arena that it was adopted into; close that");
      }
      assertThat(imported.elements().getLong(1)).isEqualTo(2);
    }
    used.assertReadsRefuse("closed");
    assertThat(tensor.deletes()).isOne();
  }

  @Tag("abuse-13")
  @Test
  void aReusableTensorThatHoldsNoneSaysSo() {
    tensor.owning(data);
    ReusableTensor reusable = VERSIONED.reusable();
    assertHoldsNone(reusable);
    reusable.adopt(tensor.address());
    assertThat(reusable.getLong(1)).isEqualTo(2);
    reusable.close();
    reusable.close();
    assertHoldsNone(reusable);
    assertThat(tensor.deletes()).isOne();
  }

  private static void assertHoldsNone(ReusableTensor reusable) {
    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            reusable::dataType,
            reusable::device,
            reusable::flags,
            reusable::ndim,
            () -> reusable.shape(0),
            () -> reusable.stride(0),
            reusable::elementCount,
            reusable::isContiguous,
            reusable::isReadOnly,
            reusable::dataAddress,
            () -> reusable.getLong(0),
            () -> reusable.getDouble(0, 0),
            reusable::transferOut)) {
      assertThatIllegalStateException()
          .isThrownBy(use)
          .withMessage("reusable tensor: expected one to be held but found none");
    }
  }

  /** A tensor, and what was taken from it while it was held. */
  private static final class Used {
    private final ImportedTensor tensor;
    private final MemorySegment segment;
    private final MemorySegment slice;
    private final TensorElements elements;

    Used(ImportedTensor tensor) {
      this.tensor = tensor;
      this.segment = tensor.segment();
      this.slice = segment.asSlice(1);
      this.elements = tensor.elements();
      assertThat(elements.toByteArray()).containsExactly(1, 2);
    }

    void assertAllRefuse(String state) {
      assertReadsRefuse(state);
      String message = "imported tensor: expected it to be held but found it " + state;
      assertThatIllegalStateException().isThrownBy(tensor::transferOut).withMessage(message);
      assertThatIllegalStateException().isThrownBy(tensor::intoOwner).withMessage(message);
    }

    void assertReadsRefuse(String state) {
      String message = "imported tensor: expected it to be held but found it " + state;
      assertThatIllegalStateException().isThrownBy(tensor::view).withMessage(message);
      assertThatIllegalStateException().isThrownBy(tensor::segment).withMessage(message);
      assertThatIllegalStateException().isThrownBy(tensor::elements).withMessage(message);
      for (ThrowingCallable read :
          List.<ThrowingCallable>of(
              () -> segment.get(JAVA_BYTE, 0),
              () -> segment.set(JAVA_BYTE, 0, (byte) 1),
              () -> slice.get(JAVA_BYTE, 0),
              () -> elements.getLong(0),
              elements::toByteArray,
              () -> segment.asByteBuffer().get(0))) {
        assertThatIllegalStateException().isThrownBy(read).withMessage("Already closed");
      }
      assertThat(tensor.toString()).endsWith(state);
    }
  }

  @Tag("abuse-13")
  @ParameterizedTest
  @EnumSource(ImportWay.class)
  void aDeleterThatComesBackFindsTheTensorEnded(ImportWay way) {
    AtomicReference<ImportWay.Held> held = new AtomicReference<>();
    AtomicReference<String> found = new AtomicReference<>();
    HostileFields fields = HostileFields.of(Flavour.VERSIONED, data, DataType.INT8, 2);
    HostileTensor other = fields.make();
    HostileTensor calling =
        fields
            .make()
            .calling(
                () -> {
                  found.set(held.get().tensor().toString());
                  if (way != ImportWay.ARENA) {
                    held.get().close();
                  }
                  VERSIONED.adopt(other.managed()).close();
                });
    held.set(way.adopt(VERSIONED, calling));
    held.get().close();
    assertThat(found.get()).doesNotEndWith(", held").isNotNull();
    assertThat(calling.deletes()).isOne();
    assertThat(other.deletes()).isOne();
  }
}
