package org.dlpack4j.importing;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A tensor was not adopted. The message lists every reason, and says who owns it now. */
public final class RefusedTensorException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  @SuppressWarnings("serial") // Made by List.copyOf, which is serializable if the elements are.
  private final List<Violation> violations;

  RefusedTensorException(String tensor, List<Violation> violations, String ownership) {
    super(
        violations.stream()
            .map(Violation::toString)
            .collect(Collectors.joining("; ", tensor + ": ", ". " + ownership)));
    this.violations = List.copyOf(violations);
  }

  /**
   * Why.
   *
   * @return every reason that could be found; at least one
   */
  public List<Violation> violations() {
    return violations;
  }

  Set<Violation.Code> codes() {
    Set<Violation.Code> codes = EnumSet.noneOf(Violation.Code.class);
    violations.forEach(violation -> codes.add(violation.code()));
    return codes;
  }
}
