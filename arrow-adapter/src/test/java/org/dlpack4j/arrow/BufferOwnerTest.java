package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.dlpack4j.Owner.Release;
import org.junit.jupiter.api.Test;

/** What an export of Arrow memory holds. */
class BufferOwnerTest {

  @Test
  void holdsOneReferenceOnEachBufferUntilItsRelease() {
    try (BufferAllocator allocator = new RootAllocator()) {
      ArrowBuf one = allocator.buffer(64);
      ArrowBuf other = allocator.buffer(64);

      BufferOwner owner = BufferOwner.retaining("x", List.of(one, other, one));
      one.close();
      other.close();
      assertThat(one.refCnt()).isEqualTo(2);
      assertThat(other.refCnt()).isEqualTo(1);
      assertThat(owner.mode()).isEqualTo(Release.NON_BLOCKING);

      owner.release();
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void retainsNothingIfABufferIsGone() {
    try (BufferAllocator allocator = new RootAllocator()) {
      ArrowBuf one = allocator.buffer(64);
      ArrowBuf gone = allocator.buffer(64);
      gone.close();

      assertThatThrownBy(() -> BufferOwner.retaining("x", List.of(one, gone)));

      assertThat(one.refCnt()).isEqualTo(1);
      one.close();
    }
  }
}
