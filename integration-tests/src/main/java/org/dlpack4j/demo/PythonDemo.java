package org.dlpack4j.demo;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.dlpack4j.arrow.ArrowExporter;
import org.dlpack4j.arrow.ArrowExports;
import org.dlpack4j.arrow.SharedBuffers;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.memory.SharedLocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.py4j.ServiceStatistics;
import org.dlpack4j.py4j.TensorService;
import py4j.GatewayServer;

/**
 * A table of Arrow's in this JVM, computed on by a Python process where it lies; a column made by
 * Python, read by this JVM where it lies. Beside it the ways that copy: Arrow's stream over a
 * socket, and Py4J's byte arrays. Python's half is {@code demo.py}.
 */
public final class PythonDemo {

  private static final int ROWS = 10_000_000;
  private static final int SECRET_BYTES = 32;
  private static final Duration SOON = Duration.ofSeconds(10);

  private final int rows;
  private final PrintStream out;
  private final SharedMemory pool = SharedMemory.create();
  private final BufferAllocator allocator = SharedBuffers.allocator(pool);
  private final TensorService service = TensorService.shared();
  private final Float8Vector price = new Float8Vector("price", allocator);
  private final IntVector quantity = new IntVector("quantity", allocator);
  private final VectorSchemaRoot trades = new VectorSchemaRoot(List.of(price, quantity));

  private PythonDemo(int rows, PrintStream out) {
    this.rows = rows;
    this.out = out;
  }

  /**
   * Runs it.
   *
   * @param arguments a Python with dlpack4j, NumPy, Py4J and PyArrow; {@code demo.py}; and how many
   *     rows, unless ten million
   * @throws Exception if a check fails
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 2 || arguments.length > 3) {
      System.err.println("usage: PythonDemo PYTHON DEMO_SCRIPT [ROWS]");
      System.exit(2);
    }
    int rows = arguments.length == 3 ? Integer.parseInt(arguments[2]) : ROWS;
    PythonDemo demo = new PythonDemo(rows, System.out);
    try {
      demo.run(arguments[0], arguments[1]);
    } finally {
      demo.end();
    }
  }

  private void run(String python, String script) throws Exception {
    fill();
    service.publish("trades", ArrowExporter.versioned().export(trades));
    out.println("Java, process " + ProcessHandle.current().pid() + ":");
    say("made in Arrow", rows + " rows, price and quantity");
    say("price lies in", placeOfPrice());
    runPython(python, script);
    readResult();
    // The service hears a moment later that Python has left.
    if (!service.unpublish("trades", SOON)) {
      throw new AssertionError(
          "trades: expected nobody to hold them but found " + service.leases());
    }
    ServiceStatistics end = service.statistics();
    check("tensors copied by Java", 0, end.copies());
    check("leases after Python has left", 0, end.leases());
  }

  private void fill() {
    SplittableRandom random = new SplittableRandom(1);
    price.allocateNew(rows);
    quantity.allocateNew(rows);
    for (int row = 0; row < rows; row++) {
      price.set(row, random.nextInt(100, 10_000) / 100.0);
      quantity.set(row, random.nextInt(1, 1000));
    }
    trades.setRowCount(rows);
  }

  private void runPython(String python, String script) throws IOException, InterruptedException {
    byte[] random = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(random);
    String secret = HexFormat.of().formatHex(random);
    GatewayServer gateway =
        new GatewayServer.GatewayServerBuilder()
            .entryPoint(this)
            .javaPort(0)
            .authToken(secret)
            .build();
    gateway.start();
    try {
      out.flush();
      ProcessBuilder builder = new ProcessBuilder(python, script).inheritIO();
      builder.environment().put("DEMO_PORT", String.valueOf(gateway.getListeningPort()));
      builder.environment().put("DEMO_SECRET", secret);
      int code = builder.start().waitFor();
      check("exit code of Python", 0, code);
    } finally {
      gateway.shutdown();
    }
  }

  private void readResult() throws InterruptedException {
    if (!service.await("turnover", SOON)) {
      throw new AssertionError("turnover: expected Python to have put it but found no such name");
    }
    double expected = 0;
    double found = 0;
    try (ImportedTensor turnover =
        TensorImporter.versioned().adoptOrDiscard(service.fetchTensor("turnover").transferOut())) {
      MemorySegment values = turnover.segment();
      out.println("Java, process " + ProcessHandle.current().pid() + ":");
      say("turnover, made by Python, lies in", place(values.address()));
      for (int row = 0; row < rows; row++) {
        expected += price.get(row) * quantity.get(row);
        found += values.getAtIndex(JAVA_DOUBLE, row);
      }
    }
    check("turnover summed", expected, found);
  }

  // What Python calls by Py4J.

  /**
   * Where an address lies.
   *
   * @param address in shared memory
   * @return the segment, the number of its file, which every process sees, and the offset
   */
  public String place(long address) {
    SharedLocation location = SharedMemory.locate(address).orElseThrow();
    try {
      Object file = Files.getAttribute(location.segment().path(), "unix:ino");
      return "file %s, at %d (segment %d)"
          .formatted(file, location.offset(), location.segment().id());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Where the prices lie.
   *
   * @return as {@link #place}
   */
  public String placeOfPrice() {
    return place(price.getDataBufferAddress());
  }

  /**
   * The first prices as Py4J sends bytes.
   *
   * @param count how many
   * @return a copy
   */
  public byte[] bytesOfPrice(int count) {
    byte[] copy = new byte[count * Double.BYTES];
    price.getDataBuffer().getBytes(0, copy);
    return copy;
  }

  /**
   * Sends the prices as a stream of Arrow's to whoever connects first.
   *
   * @return a port of this machine
   * @throws IOException if there is none
   */
  public int streamOfPrice() throws IOException {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(() -> send(server));
    return server.getLocalPort();
  }

  private void send(ServerSocket server) {
    try (server;
        Socket socket = server.accept();
        OutputStream to = socket.getOutputStream();
        ArrowStreamWriter writer = new ArrowStreamWriter(onlyPrice(), null, to)) {
      writer.writeBatch();
      writer.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private VectorSchemaRoot onlyPrice() {
    VectorSchemaRoot root = new VectorSchemaRoot(List.of(price));
    root.setRowCount(rows);
    return root;
  }

  private void say(String what, Object found) {
    out.println("  " + what + ": " + found);
  }

  private void check(String what, Object expected, Object found) {
    if (!String.valueOf(expected).equals(String.valueOf(found))) {
      throw new AssertionError(what + ": expected " + expected + " but found " + found);
    }
    say(what, found);
  }

  private void end() throws InterruptedException {
    trades.close();
    service.close();
    ArrowExports.close(allocator, SOON);
    pool.close();
  }
}
