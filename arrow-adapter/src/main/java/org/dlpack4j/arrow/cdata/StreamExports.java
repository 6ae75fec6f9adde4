package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.dlpack4j.internal.Memory.ALL;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.DeviceStream;
import org.dlpack4j.arrow.cdata.CDataAbi.StreamForm;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.NativeCalls;
import org.dlpack4j.internal.OwnerKind;
import org.dlpack4j.internal.StreamCalls;
import org.jspecify.annotations.Nullable;

/**
 * Exported streams. Their functions are upcalls, from which no exception leaves; a stream is found
 * by its {@code private_data}, the keeper, whose owner closes the reader.
 */
final class StreamExports {

  /** What C's errno calls an error of input or output. */
  private static final int EIO = 5;

  private static final Map<Long, Exported> STREAMS = new ConcurrentHashMap<>();

  private StreamExports() {}

  /** Takes the reader over as its last step. */
  static void write(ArrowReader reader, long struct, StreamForm form) {
    Functions functions = form.hasDevice() ? Functions.OF_DEVICES : Functions.PLAIN;
    Exported stream = new Exported(reader);
    TensorView nothing =
        new TensorView(0, DataType.UINT8, Device.CPU, TensorLayout.contiguous(0), true, false);
    ExportedTensor keeper = TensorExporter.export(nothing, stream);
    long address = keeper.transferOutAddress();
    stream.keeper = address;
    STREAMS.put(address, stream);
    if (form.hasDevice()) {
      ALL.set(JAVA_LONG, struct + DeviceStream.DEVICE_TYPE, Device.CPU.type());
    }
    ALL.set(JAVA_LONG, struct + form.getSchema(), functions.getSchema());
    ALL.set(JAVA_LONG, struct + form.getNext(), functions.getNext());
    ALL.set(JAVA_LONG, struct + form.getLastError(), functions.getLastError());
    ALL.set(JAVA_LONG, struct + form.privateData(), address);
    ALL.set(JAVA_LONG, struct + form.release(), functions.release());
  }

  private record Functions(long getSchema, long getNext, long getLastError, long release) {
    static final Functions PLAIN = made("", ReleaseFunctions.USED.stream());
    static final Functions OF_DEVICES = made("OfDevice", ReleaseFunctions.USED.deviceStream());

    private static Functions made(String kind, long release) {
      Lookup here = MethodHandles.lookup();
      return new Functions(
          NativeCalls.stub(here, "getSchema" + kind, StreamCalls.GET),
          NativeCalls.stub(here, "getNext" + kind, StreamCalls.GET),
          NativeCalls.stub(here, "getLastError" + kind, StreamCalls.LAST_ERROR),
          release);
    }

    /** Called from C. */
    @SuppressWarnings("unused")
    private static int getSchema(long struct, long out) {
      return step(struct, StreamForm.PLAIN, stream -> stream.writeSchema(out));
    }

    /** Called from C. */
    @SuppressWarnings("unused")
    private static int getSchemaOfDevice(long struct, long out) {
      return step(struct, StreamForm.DEVICE, stream -> stream.writeSchema(out));
    }

    /** Called from C. */
    @SuppressWarnings("unused")
    private static int getNext(long struct, long out) {
      return step(struct, StreamForm.PLAIN, stream -> stream.writeNext(out));
    }

    /** Called from C. */
    @SuppressWarnings("unused")
    private static int getNextOfDevice(long struct, long out) {
      return step(struct, StreamForm.DEVICE, stream -> stream.writeNextOfDevice(out));
    }

    /** Called from C. */
    @SuppressWarnings("unused")
    private static long getLastError(long struct) {
      return lastError(struct, StreamForm.PLAIN);
    }

    /** Called from C. */
    @SuppressWarnings("unused")
    private static long getLastErrorOfDevice(long struct) {
      return lastError(struct, StreamForm.DEVICE);
    }
  }

  private static long lastError(long struct, StreamForm form) {
    try {
      Exported stream = find(struct, form);
      return stream == null ? 0 : stream.lastError();
    } catch (Throwable e) {
      // C cannot take it; no message is an answer, too.
      return 0;
    }
  }

  /** Null for a consumer that calls a stream after its release. */
  private static @Nullable Exported find(long struct, StreamForm form) {
    return STREAMS.get(ALL.get(JAVA_LONG, struct + form.privateData()));
  }

  private static int step(long struct, StreamForm form, Step step) {
    try {
      Exported stream = find(struct, form);
      return stream == null ? EIO : stream.get(step);
    } catch (Throwable e) {
      // A stack or a heap that is full: C is told by the result.
      return EIO;
    }
  }

  private interface Step {
    void run(Exported stream) throws IOException;
  }

  /** One stream, and the owner that its keeper holds. Blocking, as closing a reader may be. */
  @OwnerKind.Named("Arrow stream")
  private static final class Exported implements Owner {

    private final ArrowReader reader;
    private long keeper;
    private long error;

    Exported(ArrowReader reader) {
      this.reader = reader;
    }

    synchronized int get(Step step) {
      try {
        step.run(this);
        return 0;
      } catch (Throwable e) {
        setError(e);
        return EIO;
      }
    }

    void writeSchema(long out) throws IOException {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      CDataExporter.exportFieldInto(ExportedFields.ofStream(root), reader, out);
    }

    void writeNext(long out) throws IOException {
      if (reader.loadNextBatch()) {
        CDataExporter.exportRootInto(reader.getVectorSchemaRoot(), reader, out, 0);
      } else {
        Memory.zero(out, Array.BYTES);
      }
    }

    void writeNextOfDevice(long out) throws IOException {
      writeNext(out);
      CDataExporter.writeMainMemory(out);
    }

    synchronized long lastError() {
      return error;
    }

    private void setError(Throwable thrown) {
      try {
        byte[] message = (thrown + "\0").getBytes(UTF_8);
        long copy = Memory.allocate(message.length);
        MemorySegment.copy(message, 0, ALL, JAVA_BYTE, copy, message.length);
        freeError();
        error = copy;
      } catch (Throwable e) {
        // C cannot take it. The step has failed, and its caller is told so by the result.
        freeError();
      }
    }

    private void freeError() {
      if (error != 0) {
        Memory.free(error);
        error = 0;
      }
    }

    @Override
    public synchronized void release() {
      STREAMS.remove(keeper, this);
      freeError();
      try {
        reader.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
