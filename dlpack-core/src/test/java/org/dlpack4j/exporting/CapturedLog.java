package org.dlpack4j.exporting;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What dlpack4j logs, kept from the console. */
final class CapturedLog extends Handler implements AutoCloseable {

  private static final Logger LOGGER = Logger.getLogger("org.dlpack4j");

  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  CapturedLog() {
    LOGGER.setUseParentHandlers(false);
    LOGGER.addHandler(this);
  }

  List<LogRecord> records() {
    return records;
  }

  @Override
  public void publish(LogRecord record) {
    records.add(record);
  }

  @Override
  public void flush() {
    // nothing is buffered
  }

  @Override
  public void close() {
    LOGGER.removeHandler(this);
    LOGGER.setUseParentHandlers(true);
  }
}
