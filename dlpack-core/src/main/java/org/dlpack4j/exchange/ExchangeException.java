package org.dlpack4j.exchange;

/** A function of another library's exchange API failed. The message is the library's own. */
public final class ExchangeException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String kind;

  ExchangeException(String function, String kind, String message) {
    super(function + ": " + kind + ": " + message);
    this.kind = kind;
  }

  /**
   * What went wrong, as the library called it.
   *
   * @return the name of a Python exception, such as {@code BufferError}
   */
  public String kind() {
    return kind;
  }
}
