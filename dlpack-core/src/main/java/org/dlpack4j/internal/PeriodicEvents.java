package org.dlpack4j.internal;

import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

/** Events that Flight Recorder asks for again and again. */
public final class PeriodicEvents implements FlightRecorderListener {

  private final Class<? extends Event> type;
  private final Runnable report;

  private PeriodicEvents(Class<? extends Event> type, Runnable report) {
    this.type = type;
    this.report = report;
  }

  /**
   * Adds one. Until Flight Recorder is used nothing is set up for it. Where a class does this as it
   * is initialized, it must be the last thing that it does, or the report must do without the
   * class: it may be asked for at once, by a thread whose locks are needed here.
   *
   * @param type the event
   * @param report commits as many of them as there is to say
   */
  public static void add(Class<? extends Event> type, Runnable report) {
    FlightRecorder.addListener(new PeriodicEvents(type, report));
  }

  @Override
  public void recorderInitialized(FlightRecorder recorder) {
    FlightRecorder.addPeriodicEvent(type, report);
  }
}
