package org.dlpack4j.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What owners are called. */
class OwnerKindTest {

  private static final MemorySegment SOMEWHERE = MemorySegment.ofAddress(0x1000);

  /** A user's. */
  private static final class PoolOwner implements Owner {
    @Override
    public void release() {
      // nothing is held
    }
  }

  @ParameterizedTest
  @MethodSource
  void everyOwnerHasAKindThatAPersonRecognizes(Owner owner, String kind) {
    assertThat(OwnerKind.of(owner)).isEqualTo(kind);
  }

  static Stream<Arguments> everyOwnerHasAKindThatAPersonRecognizes() {
    Owner anonymous =
        new Owner() {
          @Override
          public void release() {
            // nothing is held
          }
        };
    return Stream.of(
        Arguments.of(Owner.closing(Arena.ofShared()), "arena"),
        Arguments.of(Owner.reachable(Arena.ofAuto().allocate(8)), "reachable"),
        Arguments.of(Owner.reachable(ByteBuffer.allocateDirect(8)), "reachable"),
        Arguments.of(Owner.calling(SOMEWHERE, SOMEWHERE), "native"),
        Arguments.of(Owner.nonBlocking(() -> {}), "lambda in OwnerKindTest"),
        Arguments.of(Owner.nonBlocking(new Thread()), "Thread"),
        Arguments.of((Owner) () -> {}, "lambda in OwnerKindTest"),
        Arguments.of(new PoolOwner(), "OwnerKindTest$PoolOwner"),
        Arguments.of(anonymous, "OwnerKindTest$1"));
  }

  @Test
  void aSharedOwnerIsCalledAfterTheOneBeneath() {
    try (SharedOwner arena = Owner.closing(Arena.ofShared()).shared();
        SharedOwner pool = new PoolOwner().shared();
        SharedOwner action = Owner.nonBlocking(() -> {}).shared()) {
      assertThat(OwnerKind.of(arena.reference())).isEqualTo("shared arena");
      assertThat(OwnerKind.of(pool.reference())).isEqualTo("shared OwnerKindTest$PoolOwner");
      assertThat(OwnerKind.of(action.reference())).isEqualTo("shared lambda in OwnerKindTest");
    }
  }

  @Test
  void aClassWithoutAPackageHasItsOwnName() {
    assertThat(OwnerKind.of(int[].class)).isEqualTo("[I");
  }
}
