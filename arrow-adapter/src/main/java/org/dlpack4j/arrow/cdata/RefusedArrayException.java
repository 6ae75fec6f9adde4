package org.dlpack4j.arrow.cdata;

import java.util.List;
import java.util.stream.Collectors;

/** An array was not imported. The message lists every reason, and says who owns it now. */
public final class RefusedArrayException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  @SuppressWarnings("serial") // Made by List.copyOf, which is serializable if the elements are.
  private final List<CDataViolation> violations;

  RefusedArrayException(String what, List<CDataViolation> violations) {
    super(
        violations.stream()
            .map(CDataViolation::toString)
            .collect(
                Collectors.joining(
                    "; ", what + ": ", ". Not imported: it is still the caller's to release")));
    this.violations = List.copyOf(violations);
  }

  /**
   * Why.
   *
   * @return every reason that could be found; at least one
   */
  public List<CDataViolation> violations() {
    return violations;
  }
}
