package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dlpack4j.Concurrently;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.elements.TensorElements;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** However a tensor ends, its deleter is called once, by whom it should be. */
class ImportedTensorEndTest {

  private static final String NOT_HELD = "imported tensor: expected it to be held but found it ";

  private final ForeignTensor foreign = versioned();

  private ImportedTensor adopt(boolean shared) {
    TensorImporter importer = foreign.importer();
    return (shared ? importer.shared() : importer).adopt(foreign.pointer());
  }

  @ParameterizedTest
  @EnumSource
  void callsTheDeleterOnClose(Flavour flavour) {
    ForeignTensor tensor = ForeignTensor.of(flavour);
    try (ImportedTensor adopted = tensor.importer().adopt(tensor.pointer())) {
      assertThat(adopted.toString()).endsWith(", held");
      assertThat(tensor.deletions()).isZero();
    }
    try (ImportedTensor adopted = tensor.importer().adoptOrDiscard(tensor.pointer())) {
      assertThat(adopted.toString()).endsWith(", held");
    }

    assertThat(tensor.deletions()).as("once for each adoption").isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void callsItOnceHoweverOftenItIsClosed(boolean shared) {
    ImportedTensor tensor = adopt(shared);

    tensor.close();
    tensor.close();
    tensor.close();

    assertThat(foreign.deletions()).isEqualTo(1);
    assertThat(tensor).hasToString("imported tensor float32[2, 3] on cpu, closed");
    assertEnded(tensor, "closed");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavesTheDeleterToWhoGetsThePointer(boolean shared) {
    ImportedTensor tensor = adopt(shared);

    assertThat(tensor.transferOut()).isEqualTo(foreign.pointer());
    tensor.close();

    assertThat(foreign.deletions()).isZero();
    assertThat(tensor)
        .hasToString(
            "imported tensor float32[2, 3] on cpu, transferred out; whoever got it owns it");
    assertEnded(tensor, "transferred out; whoever got it owns it");
    assertThat(foreign.deletions()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavesTheDeleterToTheOwner(boolean shared) {
    ImportedTensor tensor = adopt(shared);

    Owner owner = tensor.intoOwner();
    tensor.close();

    assertThat(foreign.deletions()).isZero();
    assertEnded(tensor, "turned into an owner");
    owner.release();
    assertThat(foreign.deletions()).isEqualTo(1);
    assertThat(owner).hasToString("owner of the foreign tensor at 0x%x", foreign.address());
  }

  private static void assertEnded(ImportedTensor tensor, String state) {
    for (Consumer<ImportedTensor> use :
        List.<Consumer<ImportedTensor>>of(
            ImportedTensor::transferOut,
            ImportedTensor::intoOwner,
            ImportedTensor::view,
            ImportedTensor::segment,
            ImportedTensor::elements)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> use.accept(tensor))
          .withMessage(NOT_HELD + state);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void endsEverythingThatReadsIt(boolean shared) {
    ImportedTensor tensor = adopt(shared);
    MemorySegment segment = tensor.segment();
    TensorElements elements = tensor.elements();
    TensorView view = tensor.view();
    assertThat(elements.getDouble(1, 2)).isZero();

    tensor.close();

    assertThat(segment.scope().isAlive()).isFalse();
    assertThatIllegalStateException().isThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0));
    assertThatIllegalStateException().isThrownBy(() -> elements.getDouble(1, 2));
    assertThat(view.dataAddress()).as("a view is only words").isNotZero();
  }

  @Test
  void isReleasedByItsOwnerOnce() {
    Owner owner = adopt(false).intoOwner();
    owner.release();

    assertThatIllegalStateException()
        .isThrownBy(owner::release)
        .withMessage("owner: expected it to be held but found it released");

    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void servesOneExportOnly() {
    Owner owner = adopt(false).intoOwner();
    owner.beginExport();

    assertThatIllegalStateException()
        .isThrownBy(owner::beginExport)
        .withMessage(
            "owner: expected a foreign tensor that no other export holds but found one exported"
                + " already; export several tensors over owner.shared()");
  }

  @Test
  void mayBlockWhenItIsReleased() {
    assertThat(adopt(false).intoOwner().mode()).isEqualTo(Owner.Release.BLOCKING);
  }

  @Test
  void isAsReadOnlyAsTheTensorWas() {
    assertThat(adopt(false).intoOwner().isReadOnly()).isFalse();
    foreign.flags(1);
    assertThat(adopt(false).intoOwner().isReadOnly()).isTrue();
  }

  @Test
  void callsNothingWithoutADeleter() {
    foreign.deleter(0);

    adopt(false).close();
    adopt(true).close();
    adopt(false).intoOwner().release();

    assertThat(foreign.deletions()).isZero();
  }

  @Test
  void callsTheDeleterThatWasThereWhenItWasAdopted() {
    ImportedTensor tensor = adopt(false);
    foreign.deleter(1);

    tensor.close();

    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void isHeldWhenAnotherThreadTriesToEndIt() throws InterruptedException {
    ImportedTensor tensor = adopt(false);
    Thread adopter = Thread.currentThread();
    TensorElements elements = tensor.elements();

    Concurrently.run(
        1,
        _ -> {
          for (Consumer<ImportedTensor> use :
              List.<Consumer<ImportedTensor>>of(
                  ImportedTensor::close,
                  ImportedTensor::transferOut,
                  ImportedTensor::intoOwner,
                  ImportedTensor::view,
                  ImportedTensor::segment,
                  ImportedTensor::elements)) {
            assertThatExceptionOfType(WrongThreadException.class)
                .isThrownBy(() -> use.accept(tensor))
                .withMessage(
                    "imported tensor: expected %s, which adopted it, but found %s; adopt with"
                        + " TensorImporter.shared() for several threads",
                    adopter, Thread.currentThread());
          }
          assertThatExceptionOfType(WrongThreadException.class)
              .isThrownBy(() -> elements.getDouble(0, 0));
        });

    assertThat(foreign.deletions()).isZero();
    assertThat(elements.getDouble(0, 0)).isZero();
    tensor.close();
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void canBeClosedAnywhereIfItIsShared() throws InterruptedException {
    ImportedTensor tensor = adopt(true);

    Concurrently.run(
        1,
        _ -> {
          assertThat(tensor.elements().getDouble(1, 1)).isZero();
          tensor.close();
        });

    assertThat(foreign.deletions()).isEqualTo(1);
    assertEnded(tensor, "closed");
  }

  @Test
  void hasOneEndHoweverManyThreadsWantIt() throws InterruptedException {
    for (int round = 1; round <= 50; round++) {
      ImportedTensor tensor = adopt(true);
      AtomicInteger out = new AtomicInteger();
      AtomicInteger owned = new AtomicInteger();

      Concurrently.run(
          3,
          thread -> {
            Throwable thrown =
                switch (thread) {
                  case 0 -> catchThrowable(tensor::close);
                  case 1 -> counted(out, tensor::transferOut);
                  default -> counted(owned, () -> tensor.intoOwner().release());
                };
            if (thrown != null) {
              assertThat(thrown)
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessageStartingWith(NOT_HELD)
                  .hasMessageNotContaining("found it held");
            }
          });

      assertThat(foreign.deletions() + out.get()).isEqualTo(round);
      assertThat(out.get() + owned.get()).isLessThanOrEqualTo(1);
      if (out.get() == 1) {
        ForeignTensor.delete(foreign.address());
      }
    }
  }

  private static Throwable counted(AtomicInteger count, Runnable end) {
    Throwable thrown = catchThrowable(end::run);
    if (thrown == null) {
      count.incrementAndGet();
    }
    return thrown;
  }

  @ParameterizedTest
  @MethodSource
  void isHeldWhenNativeCodeUsesIt(boolean shared, Consumer<ImportedTensor> end) {
    ImportedTensor tensor = adopt(shared);
    AtomicReference<Throwable> thrown = new AtomicReference<>();

    duringDowncall(tensor.segment(), () -> thrown.set(catchThrowable(() -> end.accept(tensor))));

    assertThat(thrown.get()).isInstanceOf(IllegalStateException.class);
    assertThat(foreign.deletions()).isZero();
    assertThat(tensor.toString()).endsWith(", held");
    assertThat(tensor.elements().getDouble(0, 0)).isZero();
    tensor.close();
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  static Stream<Arguments> isHeldWhenNativeCodeUsesIt() {
    return Stream.of(false, true)
        .flatMap(
            shared ->
                Stream.<Consumer<ImportedTensor>>of(
                        ImportedTensor::close,
                        ImportedTensor::transferOut,
                        ImportedTensor::intoOwner)
                    .map(end -> Arguments.of(shared, end)));
  }

  /** Runs an action in a native function that has got the segment. */
  @SuppressWarnings("restricted") // The stub outlives the call.
  private static void duringDowncall(MemorySegment segment, Runnable action) {
    FunctionDescriptor type = FunctionDescriptor.ofVoid(ADDRESS);
    Linker linker = Linker.nativeLinker();
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle run =
          MethodHandles.lookup().bind(action, "run", MethodType.methodType(void.class));
      MethodHandle target = MethodHandles.dropArguments(run, 0, MemorySegment.class);
      linker.downcallHandle(linker.upcallStub(target, type, arena), type).invokeExact(segment);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
