package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dlpack4j.Concurrently;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.Device;
import org.dlpack4j.elements.TensorElements;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tensors that live as long as an arena. */
class ArenaTensorTest {

  private final ForeignTensor foreign = versioned();

  private ImportedTensor adopt(Arena arena) {
    return foreign.importer().adopt(foreign.pointer(), arena);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("arenas")
  void isDeletedOnceWhenTheArenaIsClosed(Arena arena) {
    ImportedTensor tensor = adopt(arena);
    TensorElements elements = tensor.elements();
    MemorySegment segment = tensor.segment();
    assertThat(elements.getDouble(1, 2)).isZero();
    assertThat(tensor).hasToString("imported tensor float32[2, 3] on cpu, held");
    assertThat(foreign.deletions()).isZero();

    arena.close();

    assertThat(foreign.deletions()).isEqualTo(1);
    assertThat(segment.scope().isAlive()).isFalse();
    assertThatIllegalStateException().isThrownBy(() -> elements.getDouble(1, 2));
    assertThat(tensor).hasToString("imported tensor float32[2, 3] on cpu, closed");
    for (Consumer<ImportedTensor> use :
        List.<Consumer<ImportedTensor>>of(
            ImportedTensor::view, ImportedTensor::segment, ImportedTensor::elements)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> use.accept(tensor))
          .withMessage("imported tensor: expected it to be held but found it closed");
    }
  }

  static Stream<Arena> arenas() {
    return Stream.of(Arena.ofConfined(), Arena.ofShared());
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("arenas")
  void holdsManyAndDeletesEach(Arena arena) {
    List<ForeignTensor> many = Stream.generate(ForeignTensor::legacy).limit(20).toList();

    for (ForeignTensor tensor : many) {
      assertThat(tensor.importer().adoptOrDiscard(tensor.pointer(), arena).isReadOnly()).isTrue();
    }
    arena.close();

    assertThat(many).extracting(ForeignTensor::deletions).containsOnly(1);
  }

  @Test
  void hasNoEndOfItsOwn() {
    try (Arena arena = Arena.ofConfined()) {
      ImportedTensor tensor = adopt(arena);
      for (Consumer<ImportedTensor> end :
          List.<Consumer<ImportedTensor>>of(
              ImportedTensor::close, ImportedTensor::transferOut, ImportedTensor::intoOwner)) {
        assertThatExceptionOfType(UnsupportedOperationException.class)
            .isThrownBy(() -> end.accept(tensor))
            .withMessage(
                "imported tensor: expected one with an end of its own but found one that lives as"
                    + " long as the table or the arena that it was adopted into; close that");
      }
      assertThat(foreign.deletions()).isZero();
    }
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void isReadByTheThreadsOfItsArena() throws InterruptedException {
    try (Arena shared = Arena.ofShared();
        Arena confined = Arena.ofConfined()) {
      ImportedTensor forAll = adopt(shared);
      ImportedTensor forOne = adopt(confined);

      Concurrently.run(
          2,
          _ -> {
            assertThat(forAll.elements().getDouble(0, 1)).isZero();
            TensorElements elements = forOne.elements();
            assertThatExceptionOfType(WrongThreadException.class)
                .isThrownBy(() -> elements.getDouble(0, 1));
          });
    }
    assertThat(foreign.deletions()).isEqualTo(2);
  }

  @Test
  void isDeletedAlsoIfTheCpuCannotReadIt() {
    foreign.device(Device.cuda(0)).data(0xdead0000L);
    try (Arena arena = Arena.ofConfined()) {
      ImportedTensor tensor =
          foreign.importer().with(ImportPolicy.DEFAULT.anyDevice()).adopt(foreign.pointer(), arena);
      assertThat(tensor.view().dataAddress()).isEqualTo(0xdead0000L);
    }
    assertThat(foreign.deletions()).isEqualTo(1);
  }

  @Test
  void isDeletedWhenNobodyReachesAnAutomaticArena() {
    useAndDrop();

    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CountingOwner.SECONDS);
    while (foreign.deletions() == 0 && System.nanoTime() < deadline) {
      System.gc();
      LockSupport.parkNanos(1_000_000);
    }

    assertThat(foreign.deletions()).isEqualTo(1);
  }

  private void useAndDrop() {
    ImportedTensor tensor = adopt(Arena.ofAuto());
    assertThat(tensor.elements().getDouble(0, 0)).isZero();
  }

  @Test
  void isKeptWhileAnybodyReachesItsAutomaticArena() {
    ImportedTensor tensor = adopt(Arena.ofAuto());
    MemorySegment part = tensor.segment().asSlice(4, 8);

    System.gc();
    System.gc();

    assertThat(foreign.deletions()).isZero();
    assertThat(part.scope().isAlive()).isTrue();
  }

  @Test
  void isNeverDeletedInTheGlobalArena() {
    ImportedTensor tensor = adopt(Arena.global());

    assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(tensor::close);
    assertThat(tensor.segment().scope()).isEqualTo(Arena.global().scope());
    assertThat(foreign.deletions()).isZero();
  }
}
