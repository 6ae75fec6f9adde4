package org.dlpack4j.cuda.jcuda;

import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.runtime.cudaStream_t;

/** JCuda shows its numbers to subclasses only, which copy what they are of. */
final class Handles {

  private Handles() {}

  static long of(Pointer pointer) {
    return new ReadPointer(pointer).address();
  }

  static long of(CUstream stream) {
    return new ReadStream(new cudaStream_t(stream)).handle();
  }

  static long of(cudaStream_t stream) {
    return new ReadStream(stream).handle();
  }

  private static final class ReadPointer extends Pointer {
    ReadPointer(Pointer pointer) {
      super(pointer);
    }

    long address() {
      return getNativePointer() + getByteOffset();
    }
  }

  private static final class ReadStream extends CUstream {
    ReadStream(cudaStream_t stream) {
      super(stream);
    }

    long handle() {
      return getNativePointer();
    }
  }
}
