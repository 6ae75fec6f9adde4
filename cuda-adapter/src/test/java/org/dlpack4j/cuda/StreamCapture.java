package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.cuda.internal.DriverLibrary.function;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.cuda.internal.DriverFunction;
import org.dlpack4j.device.DeviceStream;

/** A capture of a stream that waits for the legacy default, as another library makes it. */
final class StreamCapture implements AutoCloseable {

  private static final DriverFunction CREATE = function("cuStreamCreate", JAVA_LONG, JAVA_INT);
  private static final DriverFunction BEGIN =
      function("cuStreamBeginCapture_v2", JAVA_LONG, JAVA_INT);
  private static final DriverFunction END = function("cuStreamEndCapture", JAVA_LONG, JAVA_LONG);
  private static final DriverFunction DESTROY_GRAPH = function("cuGraphDestroy", JAVA_LONG);
  private static final DriverFunction DESTROY = function("cuStreamDestroy_v2", JAVA_LONG);
  private static final int GLOBAL = 0;

  private final Context context;
  private final long stream;

  private StreamCapture(Context context, long stream) {
    this.context = context;
    this.stream = stream;
  }

  static StreamCapture begin(int ordinal) {
    Context context = Context.of(ordinal);
    try (var _ = context.enter();
        Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      CudaException.call(CREATE, out.address(), 0);
      long stream = out.get(JAVA_LONG, 0);
      CudaException.call(BEGIN, stream, GLOBAL);
      return new StreamCapture(context, stream);
    }
  }

  DeviceStream stream() {
    return DeviceStream.of(stream);
  }

  /** Fails if somebody has spoiled it. */
  void end() {
    try (var _ = context.enter();
        Arena arena = Arena.ofConfined()) {
      MemorySegment graph = arena.allocate(JAVA_LONG);
      CudaException.call(END, stream, graph.address());
      CudaException.call(DESTROY_GRAPH, graph.get(JAVA_LONG, 0));
    }
  }

  @Override
  public void close() {
    try (var _ = context.enter()) {
      CudaException.call(DESTROY, stream);
    }
  }
}
