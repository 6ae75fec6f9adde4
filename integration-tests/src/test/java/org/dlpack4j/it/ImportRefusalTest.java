package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.importing.Violation;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.importing.Violation.Field;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tensors that are not adopted: whose they are afterwards, and what is said of them. */
@Tag("abuse-15")
class ImportRefusalTest {

  private static final MemorySegment DATA = HostileProducer.map(64);

  static List<Refusal> refusals() {
    return Refusal.all();
  }

  @Tag("abuse-17")
  @ParameterizedTest
  @MethodSource("refusals")
  void isRefusedForOneReasonWhichNamesTheField(Refusal refusal) {
    assertThat(refusal.importer().inspect(refusal.make().managed()).violations())
        .singleElement()
        .extracting(Violation::code, Violation::field, Violation::axis)
        .containsExactly(refusal.code(), refusal.field(), refusal.axis());
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void staysWithTheCallerWhoDeletesItOnce(Refusal refusal) {
    for (ImportWay way : ImportWay.values()) {
      HostileTensor tensor = refusal.make();
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatExceptionOfType(RefusedTensorException.class)
            .isThrownBy(() -> way.adopt(refusal.importer(), tensor))
            .withMessageContaining(refusal.field() + "")
            .withMessageEndingWith(". It is still the caller's, to delete or discard")
            .satisfies(e -> assertThat(codes(e)).containsExactly(refusal.code()));
      }
      assertThat(tensor.deletes()).isZero();
      tensor.delete();
      assertThat(tensor.deletes()).isOne();
    }
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void isDeletedOnceWhereThatWasAskedFor(Refusal refusal) {
    for (ImportWay way : ImportWay.values()) {
      HostileTensor tensor = refusal.make();
      assertThatExceptionOfType(RefusedTensorException.class)
          .isThrownBy(() -> way.adoptOrDiscard(refusal.importer(), tensor))
          .withMessageEndingWith(". It has been discarded");
      assertThat(tensor.deletes()).isOne();
    }
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void canBeDiscarded(Refusal refusal) {
    HostileTensor tensor = refusal.make();
    refusal.importer().discard(tensor.managed());
    assertThat(tensor.deletes()).isOne();
  }

  private static List<Code> codes(RefusedTensorException refused) {
    return refused.violations().stream().map(Violation::code).toList();
  }

  @Test
  void everyKindOfRefusalIsAmongThese() {
    Set<Code> missing = EnumSet.allOf(Code.class);
    Refusal.all().forEach(refusal -> missing.remove(refusal.code()));
    assertThat(missing).isEmpty();
  }

  @Tag("abuse-17")
  @Test
  void aPointerThatLeadsToNoStructIsRefusedAndNotFollowed() {
    HostileTensor there = HostileFields.of(Flavour.VERSIONED, DATA, DataType.INT8, 64).make();
    MemorySegment closed = HostileProducer.map(4096);
    HostileProducer.forbidAccess(closed);
    for (TensorImporter importer : List.of(TensorImporter.versioned(), TensorImporter.legacy())) {
      assertNoStruct(importer, 0, Code.NULL_POINTER);
      assertNoStruct(importer, 8, Code.IMPOSSIBLE_POINTER);
      assertNoStruct(importer, -64, Code.IMPOSSIBLE_POINTER);
      assertNoStruct(importer, Long.MIN_VALUE, Code.IMPOSSIBLE_POINTER);
      assertNoStruct(importer, Long.MAX_VALUE - 7, Code.IMPOSSIBLE_POINTER);
      assertNoStruct(importer, there.address() + 4, Code.MISALIGNED_POINTER);
      TensorImporter probing = importer.with(ImportPolicy.PROBED);
      assertNoStruct(probing, closed.address(), Code.UNREADABLE_POINTER);
      assertNoStruct(probing, closed.address() + 4096 - 8, Code.UNREADABLE_POINTER);
      assertNoStruct(probing, 1L << 50, Code.UNREADABLE_POINTER);
    }
    assertThat(there.deletes()).isZero();
  }

  private static void assertNoStruct(TensorImporter importer, long address, Code code) {
    MemorySegment pointer = MemorySegment.ofAddress(address);
    assertThat(importer.inspect(pointer).violations())
        .singleElement()
        .extracting(Violation::code, Violation::field, Violation::value)
        .containsExactly(code, Field.MANAGED, address);
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> importer.adoptOrDiscard(pointer))
        .withMessageEndingWith(". It cannot be discarded and is still the caller's");
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> importer.discard(pointer))
        .withMessageContaining("managed tensor");
  }

  @Tag("abuse-17")
  @Test
  void severalReasonsAreAllNamed() {
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, DATA, DataType.FLOAT64, 2, 2)
            .flags(1 << 4)
            .set("code", 77)
            .set("device_type", 2)
            .set("byte_offset", 1)
            .make();
    assertThat(TensorImporter.versioned().inspect(tensor.managed()).violations())
        .extracting(Violation::field)
        .contains(Field.FLAGS, Field.DTYPE, Field.DEVICE);
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void anArenaThatCannotTakeItLeavesItWithTheCaller(Flavour flavour) throws Exception {
    Arena closed = Arena.ofConfined();
    closed.close();
    assertArenaRefuses(flavour, closed, IllegalStateException.class);
    try (Contest elsewhere = new Contest()) {
      Arena confined = elsewhere.of(Arena::ofConfined).getFirst();
      assertArenaRefuses(flavour, confined, WrongThreadException.class);
    }
    Arena closedShared = Arena.ofShared();
    closedShared.close();
    assertArenaRefuses(flavour, closedShared, IllegalStateException.class);
  }

  private static void assertArenaRefuses(
      Flavour flavour, Arena arena, Class<? extends Exception> expected) {
    TensorImporter importer =
        flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
    HostileTensor tensor = HostileFields.of(flavour, DATA, DataType.INT8, 64).make();
    assertThatExceptionOfType(expected).isThrownBy(() -> importer.adopt(tensor.managed(), arena));
    assertThat(tensor.deletes()).isZero();
    assertThatExceptionOfType(expected)
        .isThrownBy(() -> importer.adoptOrDiscard(tensor.managed(), arena));
    assertThat(tensor.deletes()).isOne();
  }

  @Test
  void aReusableTensorThatHoldsOneTakesNoOther() {
    HostileFields fields = HostileFields.of(Flavour.VERSIONED, DATA, DataType.INT8, 64);
    HostileTensor first = fields.make();
    HostileTensor second = fields.make();
    try (ReusableTensor reusable = TensorImporter.versioned().reusable()) {
      reusable.adopt(first.address());
      assertThatIllegalStateException().isThrownBy(() -> reusable.adopt(second.address()));
      assertThatIllegalStateException().isThrownBy(() -> reusable.adoptOrDiscard(second.address()));
      assertThat(reusable.shape(0)).isEqualTo(64);
      assertThat(first.deletes() + second.deletes()).isZero();
    }
    assertThat(first.deletes()).isOne();
    assertThat(second.deletes()).isZero();
    second.delete();
  }
}
