package org.dlpack4j.exporting;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Warnings from where nothing may be thrown. */
final class QuietLog {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j");

  private QuietLog() {}

  static void warn(String message, Object subject, Throwable failure) {
    try {
      LOGGER.log(Level.WARNING, message + ": " + subject, failure);
    } catch (Throwable e) {
      // No stack or no memory is left to say it with.
      return;
    }
  }
}
