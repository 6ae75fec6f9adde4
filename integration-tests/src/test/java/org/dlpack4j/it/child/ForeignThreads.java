package org.dlpack4j.it.child;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.it.RudeConsumer;

/** Deletes tensors on threads that the JVM has not made; the argument says how. */
public final class ForeignThreads {

  private static final int THREADS = 2_000;
  private static final int WARM_UP_ROUNDS = 2;
  private static final long RESIDENT_GROWTH_KIB = 16 * 1024;

  /** Counts threads from elsewhere too, while and once they are attached. */
  private static final ThreadMXBean JAVA_THREADS = ManagementFactory.getThreadMXBean();

  private ForeignThreads() {}

  public static void main(String[] args) throws InterruptedException {
    for (Flavour flavour : Flavour.values()) {
      switch (args[0]) {
        case "one" -> deleteOnOne(flavour);
        case "destructor" -> deleteInDestructor(flavour);
        case "many" -> deleteOnMany(flavour);
        default -> throw new IllegalArgumentException(args[0]);
      }
    }
  }

  private static void deleteOnOne(Flavour flavour) throws InterruptedException {
    CountedExports exports = CountedExports.of(2, flavour);
    long known = JAVA_THREADS.getTotalStartedThreadCount();
    for (long tensor : exports.addresses()) {
      RudeConsumer.deleteOnNewThread(tensor, flavour);
    }
    exports.expectEachReleasedOnce();
    expectAttached(known, exports.addresses().length);
  }

  private static void deleteInDestructor(Flavour flavour) throws InterruptedException {
    CountedExports exports = CountedExports.of(2, flavour);
    for (long tensor : exports.addresses()) {
      RudeConsumer.deleteInThreadDestructor(tensor, flavour);
    }
    exports.expectEachReleasedOnce();
  }

  private static void deleteOnMany(Flavour flavour) throws InterruptedException {
    for (int i = 0; i < WARM_UP_ROUNDS; i++) {
      deleteEachOnOwnThread(flavour);
    }
    int threads = RudeConsumer.threadCount();
    long known = JAVA_THREADS.getTotalStartedThreadCount();
    long resident = RudeConsumer.residentKib();
    deleteEachOnOwnThread(flavour);
    // The JVM's own compiler threads come and go; 2,000 leaked ones would show.
    Expect.atMost("threads", threads + 2, RudeConsumer.threadCount());
    Expect.atMost("resident KiB", resident + RESIDENT_GROWTH_KIB, RudeConsumer.residentKib());
    expectAttached(known, THREADS);
  }

  private static void deleteEachOnOwnThread(Flavour flavour) throws InterruptedException {
    CountedExports exports = CountedExports.of(THREADS, flavour);
    RudeConsumer.deleteEachOnOwnThread(exports.addresses(), flavour);
    exports.expectEachReleasedOnce();
  }

  /** The shim attaches no thread; an upcall attaches each, until it ends. */
  private static void expectAttached(long before, int deletes) {
    int expected = Exports.deleterKind() == DeleterKind.NATIVE ? 0 : deletes;
    long known = JAVA_THREADS.getTotalStartedThreadCount();
    Expect.equal("threads that were attached", expected, known - before);
    Expect.equal("threads still attached", 0, foreign());
  }

  /** Threads whose names the JVM made up, as it does for those it has not started. */
  private static long foreign() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("Thread-"))
        .count();
  }
}
