package org.dlpack4j.arrow;

import org.apache.arrow.vector.types.pojo.Field;

/** A vector cannot cross in the way that was asked for. Nothing is retained. */
public final class RefusedVectorException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final String column;
  private final String type;
  private final String reason;

  RefusedVectorException(Field field, String reason) {
    this(field.getName(), field.getType().toString(), reason);
  }

  RefusedVectorException(String column, String type, String reason) {
    super("column %s of %s: %s".formatted(column, type, reason));
    this.column = column;
    this.type = type;
    this.reason = reason;
  }

  /**
   * Which vector.
   *
   * @return the name of its field
   */
  public String column() {
    return column;
  }

  /**
   * What it is of.
   *
   * @return Arrow's text for the type
   */
  public String type() {
    return type;
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
