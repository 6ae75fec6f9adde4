package org.dlpack4j.cudf;

/** A column cannot cross in the way that was asked for. Nothing is retained or taken over. */
public final class RefusedColumnException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final String column;
  private final String reason;

  RefusedColumnException(String column, String reason) {
    super("column %s: %s".formatted(column, reason));
    this.column = column;
    this.reason = reason;
  }

  /**
   * Which column.
   *
   * @return its name, with those around it, or its type if it has none
   */
  public String column() {
    return column;
  }

  /**
   * Why it was refused.
   *
   * @return what was expected, what was found, what to do
   */
  public String reason() {
    return reason;
  }
}
