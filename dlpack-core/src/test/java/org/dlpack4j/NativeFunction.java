package org.dlpack4j;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Something that looks like {@code free} to C and remembers what it got. */
public final class NativeFunction {

  private final List<Long> contexts = new CopyOnWriteArrayList<>();
  private final MemorySegment address = link(this);

  /** To be called as {@code void (*)(void *)}, for as long as the process lives. */
  public MemorySegment address() {
    return address;
  }

  /** What it was called with, in order. */
  public List<Long> contexts() {
    return contexts;
  }

  void call(long context) {
    contexts.add(context);
  }

  @SuppressWarnings("restricted") // The stub lives for ever and its type is that of the method.
  private static MemorySegment link(NativeFunction function) {
    try {
      return Linker.nativeLinker()
          .upcallStub(
              MethodHandles.lookup()
                  .bind(function, "call", MethodType.methodType(void.class, long.class)),
              FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG),
              Arena.global());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no method call(long)", e);
    }
  }
}
