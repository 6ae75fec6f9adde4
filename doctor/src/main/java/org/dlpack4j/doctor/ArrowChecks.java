package org.dlpack4j.doctor;

import java.util.List;
import org.dlpack4j.doctor.internal.Attempt;

/** What Arrow vectors need: Arrow itself, and what it asks of the JVM. */
final class ArrowChecks {

  private static final String VERSION = "19.0.0";
  private static final String GROUP = "org.apache.arrow:";
  private static final String OPENS_FLAG = "--add-opens=java.base/java.nio=ALL-UNNAMED";

  static final List<Check> ALL =
      List.of(
          Jars.required(
              "arrow-vector",
              "org/apache/arrow/vector/FieldVector.class",
              GROUP + "arrow-vector:" + VERSION),
          new Check("Arrow's memory", ArrowChecks::memory),
          Jars.optional(
              "arrow-c-data",
              "org/apache/arrow/c/Data.class",
              GROUP + "arrow-c-data:" + VERSION,
              "only to meet Arrow's own C Data Interface"),
          new Check("sun.misc.Unsafe", ArrowChecks::unsafe),
          new Check("java.nio", ArrowChecks::nio));

  private ArrowChecks() {}

  private static Verdict memory(Host host) {
    return host.jarWith("org/apache/arrow/memory/netty/NettyAllocationManager.class")
        .or(() -> host.jarWith("org/apache/arrow/memory/unsafe/UnsafeAllocationManager.class"))
        .map(jar -> Verdict.ok(String.valueOf(jar.getFileName())))
        .orElseGet(
            () ->
                Verdict.missing(
                    "neither arrow-memory-netty nor arrow-memory-unsafe on the class path",
                    "add " + GROUP + "arrow-memory-netty:" + VERSION));
  }

  private static Verdict unsafe(Host host) throws InterruptedException {
    Attempt unsafe = host.unsafeMemory();
    return unsafe.works()
        ? Verdict.ok(unsafe.found())
        : Verdict.missing(unsafe.found(), "start Java with --sun-misc-unsafe-memory-access=allow");
  }

  private static Verdict nio(Host host) {
    return host.opens("java.nio")
        ? Verdict.ok("open to the class path")
        : Verdict.degraded(
            "closed: ArrowBuf.nioBuffer() and arrow-c-data throw, vectors work",
            "start Java with " + OPENS_FLAG);
  }
}
