package org.dlpack4j;

import org.dlpack4j.internal.NativeCalls;
import org.dlpack4j.internal.OwnerKind;

/**
 * An owner that is released by a C function; see {@link Owner#calling}.
 *
 * @param function the address of {@code void (*)(void *context)}
 * @param context what the function gets
 * @param isFreshCopy whether the memory is a copy that nobody else has
 */
@OwnerKind.Named("native")
public record NativeOwner(long function, long context, boolean isFreshCopy) implements Owner {

  /**
   * Checks the function.
   *
   * @throws IllegalArgumentException if it is NULL
   */
  public NativeOwner {
    if (function == 0) {
      throw new IllegalArgumentException("function: expected an address but found NULL");
    }
  }

  /**
   * An owner of memory that may be anybody's.
   *
   * @param function the address of {@code void (*)(void *context)}
   * @param context what the function gets
   * @throws IllegalArgumentException if the function is NULL
   */
  public NativeOwner(long function, long context) {
    this(function, context, false);
  }

  @Override
  public void release() {
    NativeCalls.call(function, context);
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }
}
