package org.dlpack4j.internal;

import java.lang.System.Logger.Level;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Finds handles that were dropped while they still had something to give back. Off unless asked
 * for, as it costs an entry in a map for every handle.
 */
public final class LeakWatch {

  /** The system property that asks for it. */
  public static final String PROPERTY = "org.dlpack4j.leaks";

  private static final boolean WITH_SITES;

  /** Constant, so that handles pay nothing while it is false. */
  public static final boolean ON;

  static {
    String level = System.getProperty(PROPERTY, "off").toLowerCase(Locale.ROOT);
    WITH_SITES = level.equals("sites");
    ON =
        switch (level) {
          case "off" -> false;
          case "report", "sites" -> true;
          default ->
              throw new IllegalArgumentException(
                  "-D" + PROPERTY + ": expected off, report or sites but found " + level);
        };
  }

  private static final ReferenceQueue<Object> DROPPED = new ReferenceQueue<>();

  static {
    if (ON) {
      Thread thread = new Thread(LeakWatch::watch, "dlpack4j-leaks");
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      thread.start();
    }
  }

  private final String what;
  private final String verb;
  private final String ends;
  private final String consequence;
  private final Map<Long, Held> held = new ConcurrentHashMap<>();
  private final LongAdder count = new LongAdder();

  /**
   * A watch over one kind of handle.
   *
   * @param what the kind, such as {@code an exported tensor}
   * @param verb how one is made, such as {@code exported}
   * @param consequence what follows when one is dropped
   */
  public LeakWatch(String what, String verb, String consequence) {
    this(what, verb, "transferOut() or close()", consequence);
  }

  /**
   * A watch over one kind of handle.
   *
   * @param what the kind, such as {@code an exported tensor}
   * @param verb how one is made, such as {@code exported}
   * @param ends what its user should have called
   * @param consequence what follows when one is dropped
   */
  public LeakWatch(String what, String verb, String ends, String consequence) {
    this.what = what;
    this.verb = verb;
    this.ends = ends;
    this.consequence = consequence;
  }

  /**
   * Begins to watch a handle, if leaks are watched.
   *
   * @param handle the handle
   * @param address of its managed tensor
   */
  public void begin(Object handle, long address) {
    if (ON) {
      held.put(address, new Held(this, handle, address, WITH_SITES ? new Site(verb) : null));
    }
  }

  /**
   * Ends it: the handle has nothing to give back any more.
   *
   * @param handle the handle; null if it never came to be
   * @param address of its managed tensor
   */
  public void end(@Nullable Object handle, long address) {
    if (ON) {
      try {
        held.remove(address);
      } finally {
        // Were it collected before that, it would be taken for dropped.
        Reference.reachabilityFence(handle);
      }
    }
  }

  /**
   * The handles that were found dropped.
   *
   * @return 0 if leaks are not watched
   */
  public long count() {
    return count.sum();
  }

  private static void watch() {
    for (; ; ) {
      try {
        if (DROPPED.remove() instanceof Held dropped) {
          dropped.watch.report(dropped);
        }
      } catch (InterruptedException e) {
        return; // nobody interrupts it but a debugger
      }
    }
  }

  private void report(Held dropped) {
    // An address may be in use again: only the entry of this very handle is a leak.
    if (!held.remove(dropped.address, dropped)) {
      return;
    }
    if (Flight.AVAILABLE) {
      LeakEvent.report(what, consequence, dropped.address, dropped.site);
    }
    count.increment();
    System.getLogger("org.dlpack4j")
        .log(
            Level.WARNING,
            "%s at 0x%x was dropped without %s; %s%s"
                .formatted(
                    what,
                    dropped.address,
                    ends,
                    consequence,
                    dropped.site == null
                        ? "; start with -D" + PROPERTY + "=sites to see where"
                        : ""),
            dropped.site);
  }

  private static final class Held extends PhantomReference<Object> {
    final LeakWatch watch;
    final long address;
    final @Nullable Site site;

    Held(LeakWatch watch, Object handle, long address, @Nullable Site site) {
      super(handle, DROPPED);
      this.watch = watch;
      this.address = address;
      this.site = site;
    }
  }

  /** Where a handle was made. */
  private static final class Site extends Throwable {
    private static final long serialVersionUID = 1;

    Site(String verb) {
      super(verb + " here");
    }
  }
}
