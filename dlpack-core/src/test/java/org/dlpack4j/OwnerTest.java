package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Every kind of owner but arenas and shared ones. */
class OwnerTest {

  @Test
  void isForTheReaperAndWritableUnlessItSaysOtherwise() {
    Owner owner = () -> {};

    assertThat(owner.mode()).isEqualTo(Owner.Release.BLOCKING);
    assertThat(owner.isReadOnly()).isFalse();
    assertThatCode(owner::beginExport).doesNotThrowAnyException();
  }

  @Test
  void keepsMemoryReachableThatNobodyFrees() {
    MemorySegment automatic = Arena.ofAuto().allocate(8);
    for (MemorySegment segment :
        new MemorySegment[] {automatic, Arena.global().allocate(8), MemorySegment.NULL}) {
      Owner owner = Owner.reachable(segment);

      assertThat(owner.mode()).isEqualTo(Owner.Release.NON_BLOCKING);
      assertThat(owner.isReadOnly()).isFalse();
      assertThatCode(owner::release).doesNotThrowAnyException();
      assertThatCode(owner::beginExport).doesNotThrowAnyException();
    }
    assertThat(automatic.scope().isAlive()).isTrue();
  }

  @Test
  void isReadOnlyOverReadOnlyMemory() {
    assertThat(Owner.reachable(Arena.global().allocate(8).asReadOnly()).isReadOnly()).isTrue();
    assertThat(Owner.reachable(ByteBuffer.allocateDirect(8).asReadOnlyBuffer()).isReadOnly())
        .isTrue();
    assertThat(Owner.reachable(ByteBuffer.allocateDirect(8)).isReadOnly()).isFalse();
  }

  @Test
  void refusesConfinedMemory() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(8);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> Owner.reachable(segment))
          .withMessage(
              "segment: expected memory that the garbage collector or nobody frees but found a"
                  + " confined arena's; allocate in Arena.ofAuto(), or in Arena.ofShared() with"
                  + " Owner.closing");
    }
  }

  @Test
  void refusesArrays() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Owner.reachable(MemorySegment.ofArray(new byte[8])))
        .withMessageStartingWith("segment: expected native memory but found MemorySegment{")
        .withMessageEndingWith("; the garbage collector moves arrays");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Owner.reachable(ByteBuffer.allocate(8)))
        .withMessageStartingWith("segment: expected native memory but found");
  }

  @Test
  void runsAnActionThatWaitsForNobody() {
    AtomicInteger runs = new AtomicInteger();
    Owner owner = Owner.nonBlocking(runs::incrementAndGet);

    assertThat(owner.mode()).isEqualTo(Owner.Release.NON_BLOCKING);
    owner.release();

    assertThat(runs).hasValue(1);
  }

  @Test
  void callsAFunctionOfC() {
    NativeFunction function = new NativeFunction();
    NativeOwner owner = Owner.calling(function.address(), MemorySegment.ofAddress(0x1234));

    assertThat(owner.function()).isEqualTo(function.address().address());
    assertThat(owner.context()).isEqualTo(0x1234);
    assertThat(owner.mode()).isEqualTo(Owner.Release.NON_BLOCKING);
    owner.release();

    assertThat(function.contexts()).containsExactly(0x1234L);
  }

  @Test
  void refusesAFunctionAtNullButNotAContext() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Owner.calling(MemorySegment.NULL, MemorySegment.NULL))
        .withMessage("function: expected an address but found NULL");
    assertThat(new NativeOwner(1, 0).context()).isZero();
  }

  @Test
  void isNoFreshCopyUnlessItSaysSo() {
    NativeOwner copy = new NativeOwner(1, 0, true);

    assertThat(CountingOwner.blocking().isFreshCopy()).isFalse();
    assertThat(new NativeOwner(1, 0).isFreshCopy()).isFalse();
    assertThat(copy.isFreshCopy()).isTrue();
    assertThat(copy.shared().reference().isFreshCopy()).isFalse();
  }
}
