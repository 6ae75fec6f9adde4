package org.dlpack4j.bench;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.memory.SharedAllocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.py4j.TensorService;

/** The JVM that sessions.py talks to, by Py4J and in every other way that is compared. */
public final class Py4jHost {

  private static final int BATCH_ROWS = 1 << 20;

  private final SharedMemory pool = SharedMemory.create();
  private byte[] bytes = {};

  /** Publishes a column of numbers. */
  public void publish(String name, long bytes) {
    SharedAllocation allocation = pool.allocate(bytes);
    fill(allocation.segment());
    TensorView view =
        TensorView.of(allocation.segment(), DataType.FLOAT64, bytes / JAVA_DOUBLE.byteSize());
    TensorService.shared().publish(name, view, allocation.intoOwner());
  }

  private static void fill(MemorySegment segment) {
    for (long i = 0; i < segment.byteSize() / JAVA_DOUBLE.byteSize(); i++) {
      segment.setAtIndex(JAVA_DOUBLE_UNALIGNED, i, (double) (i & 1023));
    }
  }

  /** Makes the bytes of the same numbers. */
  public void prepareBytes(int count) {
    bytes = new byte[count];
    fill(MemorySegment.ofArray(bytes));
  }

  /** Those bytes, which Py4J sends as a text. */
  public byte[] bytes() {
    return bytes;
  }

  /**
   * Sends whoever connects as many of these numbers as an Arrow stream.
   *
   * @return the socket's path
   */
  public String serveArrow(int batches) throws IOException {
    Path path = Files.createTempDirectory("dlpack4j-bench-").resolve("arrow");
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    Float8Vector vector = new Float8Vector("x", new RootAllocator());
    vector.allocateNew(BATCH_ROWS);
    for (int i = 0; i < BATCH_ROWS; i++) {
      vector.set(i, i & 1023);
    }
    vector.setValueCount(BATCH_ROWS);
    daemon(() -> serve(server, new VectorSchemaRoot(List.of(vector)), batches));
    return path.toString();
  }

  private static void serve(ServerSocketChannel server, VectorSchemaRoot root, int batches) {
    while (true) {
      try (SocketChannel channel = server.accept();
          ArrowStreamWriter writer = new ArrowStreamWriter(root, null, channel)) {
        writer.start();
        for (int i = 0; i < batches; i++) {
          writer.writeBatch();
        }
        writer.end();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Sends back every packet that it gets, by two calls of the system and nothing else.
   *
   * @return the socket's abstract name
   */
  public String serveEcho() {
    String name = "dlpack4j-bench-" + ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
    long listening = listen(name);
    if (listening < 0) {
      throw new IllegalStateException("echo: expected a socket but found error " + -listening);
    }
    daemon(() -> serve(listening));
    return name;
  }

  private static long listen(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocateFrom(name).address();
      return (long) Baselines.ECHO_LISTEN.invokeExact(text, (long) name.length());
    } catch (Throwable e) {
      throw new AssertionError("a native call does not throw", e);
    }
  }

  private static void serve(long listening) {
    try {
      long error = (long) Baselines.ECHO_SERVE.invokeExact(listening);
      throw new IllegalStateException("echo: expected peers but found error " + -error);
    } catch (Throwable e) {
      throw new AssertionError("a native call does not throw", e);
    }
  }

  private static void daemon(Runnable work) {
    Thread.ofPlatform().daemon().name("dlpack4j-bench-peer").start(work);
  }
}
