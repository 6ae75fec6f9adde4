package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.exporting.WithExports;
import org.junit.jupiter.api.Test;

@WithExports
class ArenaOwnerTest {

  @Test
  void closesASharedArena() {
    Arena arena = Arena.ofShared();

    Owner owner = Owner.closing(arena);
    assertThat(arena.scope().isAlive()).isTrue();
    owner.release();

    assertThat(arena.scope().isAlive()).isFalse();
  }

  @Test
  void isLeftToTheReaper() {
    try (Arena arena = Arena.ofShared()) {
      Owner owner = Owner.closing(arena);

      assertThat(owner.mode()).isEqualTo(Owner.Release.BLOCKING);
      assertThat(owner.isReadOnly()).isFalse();
      assertThat(owner.toString()).startsWith("Owner.closing(").endsWith(")");
    }
  }

  @Test
  void refusesAConfinedArenaAndLeavesItOpen() {
    try (Arena arena = Arena.ofConfined()) {
      assertRefusedAsConfined(arena);

      assertThat(arena.scope().isAlive()).isTrue();
    }
  }

  @Test
  void refusesAConfinedArenaOfAnotherThreadInTheSameWords() throws Exception {
    try (ExecutorService elsewhere = Executors.newSingleThreadExecutor()) {
      Callable<Arena> confined = Arena::ofConfined;
      Arena arena = elsewhere.submit(confined).get();

      assertRefusedAsConfined(arena);

      elsewhere.submit(arena::close).get();
    }
  }

  private static void assertRefusedAsConfined(Arena arena) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Owner.closing(arena))
        .withMessage(
            "arena: expected one that another thread may close but found a confined one;"
                + " use Arena.ofShared()");
  }

  @Test
  void leavesAutomaticAndGlobalArenasToTheirOwnEnd() {
    for (Arena arena : new Arena[] {Arena.ofAuto(), Arena.global()}) {
      Owner owner = Owner.closing(arena);

      assertThatCode(owner::release).doesNotThrowAnyException();
      assertThat(arena.scope().isAlive()).isTrue();
    }
  }

  @Test
  void servesNoExportOfMemoryThatIsGone() {
    Arena arena = Arena.ofShared();
    TensorView view = TensorView.of(arena.allocate(8), DataType.INT8, 8);
    Owner owner = Owner.closing(arena);
    arena.close();

    assertThatIllegalStateException()
        .isThrownBy(() -> TensorExporter.export(view, owner))
        .withMessage(
            "owner: expected an arena that is open but found it closed; leave its end to the"
                + " owner");
  }

  @Test
  void servesOneExportOnly() {
    try (Arena arena = Arena.ofShared()) {
      Owner owner = Owner.closing(arena);
      owner.beginExport();

      assertThatIllegalStateException()
          .isThrownBy(owner::beginExport)
          .withMessage(
              "owner: expected an arena that no other export closes but found one exported already;"
                  + " export several tensors over owner.shared()");
    }
  }

  @Test
  void isTakenOverWhenShared() {
    Arena arena = Arena.ofShared();
    Owner owner = Owner.closing(arena);
    SharedOwner shared = owner.shared();

    assertThatIllegalStateException().isThrownBy(owner::beginExport);
    assertThatIllegalStateException().isThrownBy(owner::shared);
    shared.close();

    assertThat(arena.scope().isAlive()).isFalse();
  }
}
