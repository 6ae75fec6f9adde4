package org.dlpack4j.exporting;

import java.lang.System.Logger.Level;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Finds exported tensors that were dropped while held: neither given away nor closed. Off unless
 * asked for, as it costs an entry in a map for every export.
 */
final class Leaks {

  static final String PROPERTY = "org.dlpack4j.leaks";

  private static final boolean WITH_SITES;

  /** Constant, so that exports pay nothing while it is false. */
  static final boolean WATCHED;

  static {
    String level = System.getProperty(PROPERTY, "off").toLowerCase(Locale.ROOT);
    WITH_SITES = level.equals("sites");
    WATCHED =
        switch (level) {
          case "off" -> false;
          case "report", "sites" -> true;
          default ->
              throw new IllegalArgumentException(
                  "-D" + PROPERTY + ": expected off, report or sites but found " + level);
        };
  }

  private static final Map<Long, Held> HELD = new ConcurrentHashMap<>();
  private static final ReferenceQueue<ExportedTensor> DROPPED = new ReferenceQueue<>();
  private static final LongAdder COUNT = new LongAdder();

  static {
    if (WATCHED) {
      Thread thread = new Thread(Leaks::watch, "dlpack4j-leaks");
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      thread.start();
    }
  }

  private Leaks() {}

  static void remember(ExportedTensor tensor, long block) {
    HELD.put(block, new Held(tensor, block, WITH_SITES ? new Site() : null));
  }

  static void forget(long block) {
    HELD.remove(block);
  }

  static long count() {
    return COUNT.sum();
  }

  private static void watch() {
    for (; ; ) {
      try {
        // A deleted block may be claimed again: only the entry of this very tensor is a leak.
        if (DROPPED.remove() instanceof Held held && HELD.remove(held.block, held)) {
          COUNT.increment();
          report(held);
        }
      } catch (InterruptedException e) {
        return; // nobody interrupts it but a debugger
      }
    }
  }

  private static void report(Held held) {
    System.getLogger("org.dlpack4j")
        .log(
            Level.WARNING,
            "an exported tensor at 0x"
                + Long.toHexString(held.block)
                + " was dropped without transferOut() or close(); it keeps its owner for ever"
                + (held.site == null ? "; start with -D" + PROPERTY + "=sites to see where" : ""),
            held.site);
  }

  private static final class Held extends PhantomReference<ExportedTensor> {
    final long block;
    final @Nullable Site site;

    Held(ExportedTensor tensor, long block, @Nullable Site site) {
      super(tensor, DROPPED);
      this.block = block;
      this.site = site;
    }
  }

  /** Where a tensor was exported. */
  private static final class Site extends Throwable {
    private static final long serialVersionUID = 1;

    Site() {
      super("exported here");
    }
  }
}
