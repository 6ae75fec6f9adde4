package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.HashMap;
import java.util.Map;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which function a consumer calls, and what C and Java must agree on. */
class DeletersTest {

  private static final Deleters IN_C = new Deleters(1, 2, 3, 4, DeleterKind.NATIVE, "in C");
  private static final Deleters UPCALLS = new Deleters(5, 5, 0, 0, DeleterKind.UPCALL, "in Java");

  @ParameterizedTest
  @CsvSource({
    "LEGACY, NON_BLOCKING, 1", "VERSIONED, NON_BLOCKING, 2", "LEGACY, BLOCKING, 1",
    "VERSIONED, BLOCKING, 2", "LEGACY, NATIVE, 3", "VERSIONED, NATIVE, 4",
  })
  void dependOnFlavourAndLane(Flavour flavour, Lane lane, long function) {
    assertThat(IN_C.of(flavour, lane)).isEqualTo(function);
  }

  @Test
  void takeANativeOwnerToTheNativeLaneOnlyWhereThereIsC() {
    NativeOwner free = new NativeOwner(1, 0);

    assertThat(Lane.of(free, IN_C)).isEqualTo(Lane.NATIVE);
    assertThat(Lane.of(free, UPCALLS)).isEqualTo(Lane.NON_BLOCKING);
  }

  @Test
  void takeOtherOwnersToTheLaneOfTheirMode() {
    Owner blocking = CountingOwner.blocking();
    Owner nonBlocking = CountingOwner.nonBlocking();
    for (Deleters deleters : new Deleters[] {IN_C, UPCALLS}) {
      assertThat(Lane.of(blocking, deleters)).isEqualTo(Lane.BLOCKING);
      assertThat(Lane.of(nonBlocking, deleters)).isEqualTo(Lane.NON_BLOCKING);
    }
  }

  @Test
  void agreeWithALibraryThatHasTheSameNumbers() {
    Map<String, Long> found = new HashMap<>(SlabAbi.facts());
    found.put("something new", 1L);

    assertThatCode(() -> SlabAbi.check(found)).doesNotThrowAnyException();
    assertThat(found)
        .containsEntry("sizeof DLManagedTensorVersioned", 80L)
        .containsEntry("slab bytes", 8192L)
        .containsEntry("block bytes", 256L)
        .containsEntry("free shift", 32L)
        .containsEntry("slab.state", 0L)
        .containsEntry("slab.doorbell", 64L)
        .containsEntry("slab.lane", 72L)
        .containsEntry("slab.double_deletes", 128L)
        .containsEntry("block.release", 208L)
        .containsEntry("block.context", 216L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"DLTensor.strides", "slab bytes", "block.context"})
  void refuseALibraryWithAnotherNumber(String name) {
    Map<String, Long> found = new HashMap<>(SlabAbi.facts());
    Long expected = found.put(name, 7L);

    assertThatExceptionOfType(UnsatisfiedLinkError.class)
        .isThrownBy(() -> SlabAbi.check(found))
        .withMessage(
            "native-shim: expected %s to be %d but found 7;"
                + " use native-shim and dlpack-core of the same version",
            name, expected);
  }

  @Test
  void refuseALibraryWithoutANumber() {
    Map<String, Long> found = new HashMap<>(SlabAbi.facts());
    found.remove("slab.lane");

    assertThatExceptionOfType(UnsatisfiedLinkError.class)
        .isThrownBy(() -> SlabAbi.check(found))
        .withMessageContaining("expected slab.lane to be 72 but found null");
  }

  @Test
  void areUpcallsWithoutTheShimAndSayWhatToDo() {
    assertThat(Exports.DELETERS.kind()).isEqualTo(DeleterKind.UPCALL);
    assertThat(Exports.DELETERS.releaseNatively()).isFalse();
    assertThat(Exports.DELETERS.description())
        .isEqualTo(
            "native-shim: expected the module org.dlpack4j.shim but found none;"
                + " put native-shim.jar beside dlpack-core.jar on the module path or class path");
  }
}
