package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.invoke.MethodHandles;
import java.util.List;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.internal.NativeCalls;
import org.jspecify.annotations.Nullable;

/**
 * A sound {@code ArrowArray} of a fuzzer's, in guarded memory.
 *
 * @param struct its address
 * @param layout of its values
 * @param buffers how many it has
 * @param length how many values it has
 */
record FuzzedNode(
    long struct,
    Layout layout,
    int buffers,
    long length,
    List<FuzzedNode> children,
    @Nullable FuzzedNode dictionary) {

  private static final long RELEASE = NativeCalls.stub(MethodHandles.lookup(), "release");

  private static volatile int releases;

  static FuzzedNode write(
      GuardedMemory memory,
      Layout layout,
      long[] numbers,
      List<Long> buffers,
      List<FuzzedNode> children,
      @Nullable FuzzedNode dictionary) {
    long struct = memory.allocate(Array.BYTES);
    long length = numbers[0];
    long[] values = {length, numbers[1], numbers[2], buffers.size(), children.size()};
    for (int i = 0; i < values.length; i++) {
      ALL.set(JAVA_LONG, struct + Array.LENGTH + 8L * i, values[i]);
    }
    List<Long> structs = children.stream().map(FuzzedNode::struct).toList();
    ALL.set(JAVA_LONG, struct + Array.BUFFERS, pointers(memory, buffers));
    ALL.set(JAVA_LONG, struct + Array.CHILDREN, pointers(memory, structs));
    ALL.set(JAVA_LONG, struct + Array.DICTIONARY, dictionary == null ? 0 : dictionary.struct());
    ALL.set(JAVA_LONG, struct + Array.RELEASE, RELEASE);
    return new FuzzedNode(struct, layout, buffers.size(), length, children, dictionary);
  }

  private static long pointers(GuardedMemory memory, List<Long> pointers) {
    long at = memory.allocate(8L * pointers.size());
    for (int i = 0; i < pointers.size(); i++) {
      ALL.set(JAVA_LONG, at + 8L * i, pointers.get(i));
    }
    return at;
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static synchronized void release(long struct) {
    ALL.set(JAVA_LONG, struct + Array.RELEASE, 0);
    releases++;
  }

  static boolean isReleased() {
    return releases != 0;
  }

  /** How often any of them was released since the last question. */
  static synchronized int releases() {
    int found = releases;
    releases = 0;
    return found;
  }
}
