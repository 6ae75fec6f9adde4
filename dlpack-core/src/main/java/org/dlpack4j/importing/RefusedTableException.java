package org.dlpack4j.importing;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A table was not adopted. The message lists every reason, and says who owns the tensors now. */
public final class RefusedTableException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  @SuppressWarnings("serial") // Made by List.copyOf, which is serializable if the elements are.
  private final List<TableViolation> violations;

  RefusedTableException(List<TableViolation> violations, String ownership) {
    super(
        violations.stream()
            .map(TableViolation::toString)
            .collect(Collectors.joining("; ", "", ". " + ownership)));
    this.violations = List.copyOf(violations);
  }

  /**
   * Why.
   *
   * @return every reason that could be found, in all columns; at least one
   */
  public List<TableViolation> violations() {
    return violations;
  }

  Set<TableViolation.Code> codes() {
    Set<TableViolation.Code> codes = EnumSet.noneOf(TableViolation.Code.class);
    violations.forEach(violation -> codes.add(violation.code()));
    return codes;
  }

  /** Those of the tensors' own violations. */
  Set<Violation.Code> tensorCodes() {
    Set<Violation.Code> codes = EnumSet.noneOf(Violation.Code.class);
    for (TableViolation violation : violations) {
      Violation tensor = violation.tensor();
      if (tensor != null) {
        codes.add(tensor.code());
      }
    }
    return codes;
  }
}
