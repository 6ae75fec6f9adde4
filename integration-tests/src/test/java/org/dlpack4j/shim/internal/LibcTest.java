package org.dlpack4j.shim.internal;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.FunctionDescriptor;
import org.junit.jupiter.api.Test;

class LibcTest {

  /** As old C libraries lack memfd_create: the shim is then loaded from the temporary folder. */
  @Test
  void aFunctionThatTheLibraryLacksIsALinkErrorWithItsName() {
    assertThatExceptionOfType(UnsatisfiedLinkError.class)
        .isThrownBy(() -> Libc.link("no_such_function", FunctionDescriptor.ofVoid()))
        .withMessage("the C library has no no_such_function");
  }
}
