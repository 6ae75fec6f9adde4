package org.dlpack4j.cuda.jcuda;

import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUstream;
import jcuda.runtime.cudaEvent_t;
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

  static long of(CUevent event) {
    return new ReadEvent(new cudaEvent_t(event)).handle();
  }

  static long of(cudaEvent_t event) {
    return new ReadEvent(event).handle();
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

  private static final class ReadEvent extends CUevent {
    ReadEvent(cudaEvent_t event) {
      super(event);
    }

    long handle() {
      return getNativePointer();
    }
  }
}
