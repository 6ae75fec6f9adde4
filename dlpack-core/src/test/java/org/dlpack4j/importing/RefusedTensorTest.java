package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.dlpack4j.importing.ForeignTensor.legacy;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.Violation.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Who owns a tensor that was refused, for every reason to refuse one. */
class RefusedTensorTest {

  private static final String CALLERS = ". It is still the caller's, to delete or discard";
  private static final String STUCK = ". It cannot be discarded and is still the caller's";
  private static final String GONE = ". It has been discarded";

  @ParameterizedTest
  @MethodSource("org.dlpack4j.importing.Refusals#all")
  void staysWithTheCallerWhenAdoptingFails(Refusal refusal) {
    ForeignTensor tensor = refusal.refused();
    TensorImporter importer = refusal.importer(tensor);

    try (Arena arena = Arena.ofConfined();
        ReusableTensor reusable = importer.reusable()) {
      for (ThrowingCallable adoption :
          List.<ThrowingCallable>of(
              () -> importer.adopt(tensor.pointer()),
              () -> importer.shared().adopt(tensor.pointer()),
              () -> importer.adopt(tensor.pointer(), arena),
              () -> reusable.adopt(tensor.address()))) {
        assertRefused(refusal, tensor, adoption, CALLERS);
      }
      assertThat(reusable.isHeld()).isFalse();
    }

    assertThat(tensor.deletions()).isZero();
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.importing.Refusals#all")
  void isDeletedOnceWhenAdoptedOrDiscarded(Refusal refusal) {
    for (Adoption adoption : adoptions()) {
      ForeignTensor tensor = refusal.refused();
      boolean deletable = refusal.leavesDeletable();

      assertRefused(
          refusal,
          tensor,
          () -> adoption.adopt(refusal.importer(tensor), tensor),
          deletable ? GONE : STUCK);

      assertThat(tensor.deletions()).isEqualTo(deletable ? 1 : 0);
    }
  }

  private interface Adoption {
    void adopt(TensorImporter importer, ForeignTensor tensor);
  }

  private static List<Adoption> adoptions() {
    return List.of(
        (importer, tensor) -> importer.adoptOrDiscard(tensor.pointer()),
        (importer, tensor) -> importer.shared().adoptOrDiscard(tensor.pointer()),
        (importer, tensor) -> importer.adoptOrDiscard(tensor.pointer(), Arena.global()),
        (importer, tensor) -> importer.reusable().adoptOrDiscard(tensor.address()));
  }

  private static void assertRefused(
      Refusal refusal, ForeignTensor tensor, ThrowingCallable adoption, String ownership) {
    RefusedTensorException thrown = catchThrowableOfType(RefusedTensorException.class, adoption);

    String struct =
        tensor.flavour() == Flavour.LEGACY ? "DLManagedTensor" : "DLManagedTensorVersioned";
    assertThat(thrown)
        .hasMessage(
            struct
                + " at 0x"
                + Long.toHexString(tensor.address())
                + ": "
                + refusal.message(tensor)
                + ownership);
    assertThat(thrown.violations()).extracting(Violation::code).containsExactly(refusal.code());
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.importing.Refusals#all")
  void canBeDiscardedUnlessThereIsNoDeleterToCall(Refusal refusal) {
    ForeignTensor tensor = refusal.refused();
    ThrowingCallable discarding = () -> refusal.importer(tensor).discard(tensor.pointer());

    if (refusal.leavesDeletable()) {
      assertThatCode(discarding).doesNotThrowAnyException();
      assertThat(tensor.deletions()).isEqualTo(1);
    } else {
      assertRefused(refusal, tensor, discarding, STUCK);
      assertThat(tensor.deletions()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void isDeletedOnceWhenItIsFineAndDiscarded(Flavour flavour) {
    ForeignTensor tensor = ForeignTensor.of(flavour);

    tensor.importer().discard(tensor.pointer());

    assertThat(tensor.deletions()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void mayHaveNoDeleter(Flavour flavour) {
    ForeignTensor tensor = ForeignTensor.of(flavour).deleter(0);
    TensorImporter importer = tensor.importer();

    assertThatCode(() -> importer.discard(tensor.pointer())).doesNotThrowAnyException();
    tensor.ndim(-1);
    assertThatCode(() -> importer.discard(tensor.pointer())).doesNotThrowAnyException();
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> importer.adoptOrDiscard(tensor.pointer()))
        .withMessageEndingWith("ndim: expected 0 to 64 but found -1" + GONE);
    assertThat(tensor.deletions()).isZero();
  }

  @Test
  void listsEveryReason() {
    ForeignTensor tensor = legacy().ndim(-1).dataType(99, 8, 1);

    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> tensor.importer().adopt(tensor.pointer()))
        .withMessage(
            "DLManagedTensor at 0x%x: ndim: expected 0 to 64 but found -1; dtype: expected a type"
                + " of DLPack 1.3 but found code99_8"
                + CALLERS,
            tensor.address())
        .satisfies(
            thrown ->
                assertThat(thrown.violations())
                    .extracting(Violation::code)
                    .containsExactly(Code.NDIM_OUT_OF_RANGE, Code.DATA_TYPE_NOT_ALLOWED));
  }

  @Test
  void keepsItsReasonsAsTheyAre() {
    ForeignTensor tensor = versioned().ndim(-1);
    RefusedTensorException thrown =
        catchThrowableOfType(
            RefusedTensorException.class, () -> tensor.importer().adopt(tensor.pointer()));

    assertThatThrownBy(() -> thrown.violations().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    tensor.ndim(-2);
    assertThat(tensor.importer().inspect(tensor.pointer()).violations()).hasSize(1);
    assertThat(thrown.violations()).extracting(Violation::value).containsExactly(-1L);
  }

  @Test
  void tellsItsReasonsInAnotherProcess() throws IOException, ClassNotFoundException {
    ForeignTensor tensor = versioned().ndim(-1);
    RefusedTensorException thrown =
        catchThrowableOfType(
            RefusedTensorException.class, () -> tensor.importer().adopt(tensor.pointer()));

    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(thrown);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject())
          .isInstanceOfSatisfying(
              RefusedTensorException.class,
              copy -> {
                assertThat(copy).hasMessage(thrown.getMessage());
                assertThat(copy.violations()).isEqualTo(thrown.violations());
              });
    }
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource
  void staysWithTheCallerIfTheArenaIsClosed(Arena arena) {
    arena.close();
    ForeignTensor tensor = versioned();

    assertThatIllegalStateException()
        .isThrownBy(() -> tensor.importer().adopt(tensor.pointer(), arena));
    assertThat(tensor.deletions()).isZero();
    assertThatIllegalStateException()
        .isThrownBy(() -> tensor.importer().adoptOrDiscard(tensor.pointer(), arena));
    assertThat(tensor.deletions()).isEqualTo(1);
  }

  static Stream<Arena> staysWithTheCallerIfTheArenaIsClosed() {
    return Stream.of(Arena.ofConfined(), Arena.ofShared());
  }

  @Test
  void staysWithTheCallerIfTheArenaIsAnotherThreads() throws InterruptedException {
    List<Arena> made = new ArrayList<>();
    Thread other = Thread.ofPlatform().start(() -> made.add(Arena.ofConfined()));
    other.join();
    ForeignTensor tensor = versioned();

    assertThatExceptionOfType(WrongThreadException.class)
        .isThrownBy(() -> tensor.importer().adopt(tensor.pointer(), made.getFirst()));
    assertThat(tensor.deletions()).isZero();
    assertThatExceptionOfType(WrongThreadException.class)
        .isThrownBy(() -> tensor.importer().adoptOrDiscard(tensor.pointer(), made.getFirst()));
    assertThat(tensor.deletions()).isEqualTo(1);
  }

  @Test
  void canBeAdoptedAfterTheFaultIsMended() {
    ForeignTensor tensor = versioned().flags(64);
    TensorImporter importer = tensor.importer();
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> importer.adopt(tensor.pointer()));

    try (ImportedTensor adopted = importer.adopt(tensor.flags(0).pointer())) {
      assertThat(adopted.flags()).isZero();
    }

    assertThat(tensor.deletions()).isEqualTo(1);
  }
}
