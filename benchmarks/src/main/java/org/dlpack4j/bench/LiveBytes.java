package org.dlpack4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * The memory that each of a million live exports takes, by what the process grows. For a JVM that
 * has done nothing yet.
 */
record LiveBytes(LongSupplier used) implements Measure {

  private static final int COUNT = 1_000_000;
  private static final int FIRST = 10_000;

  /** On the heap, garbage not counted. */
  static LiveBytes onHeap() {
    return new LiveBytes(LiveBytes::heap);
  }

  /** Outside it, as the kernel sees it. */
  static LiveBytes outsideHeap() {
    return new LiveBytes(() -> resident("RssAnon:"));
  }

  @Override
  public double measure(Effort.Run run) {
    LiveTensors tensors = new LiveTensors(COUNT + FIRST);
    export(tensors, FIRST); // loads the classes
    long before = used.getAsLong();
    export(tensors, COUNT);
    long after = used.getAsLong();
    tensors.deleteAll();
    return (after - before) / (double) COUNT;
  }

  private static void export(LiveTensors tensors, int count) {
    for (int i = 0; i < count; i++) {
      tensors.exportOne();
    }
  }

  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** What the kernel counts under a name. */
  static long resident(String name) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("/proc/self/status: expected " + name);
  }
}
