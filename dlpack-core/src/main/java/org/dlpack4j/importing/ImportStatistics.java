package org.dlpack4j.importing;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * How imported tensors are doing.
 *
 * @param live adopted, and neither closed, given away nor turned into an owner. Reusable tensors
 *     count while they hold one and are reachable
 * @param bytes what they span together, each from its lowest to its highest element
 * @param refusals how often a tensor or a table was not adopted, or could not be discarded, since
 *     the JVM started
 * @param violations how many of the refusals had a tensor with a violation of each code; only codes
 *     that were found
 * @param tableViolations the same for the violations of tables as a whole
 * @param leaks imported tensors dropped while held; always 0 unless leaks are watched for
 */
public record ImportStatistics(
    long live,
    long bytes,
    long refusals,
    Map<Violation.Code, Long> violations,
    Map<TableViolation.Code, Long> tableViolations,
    long leaks) {

  /** Copies the maps. */
  public ImportStatistics {
    violations = copy(Violation.Code.class, violations);
    tableViolations = copy(TableViolation.Code.class, tableViolations);
  }

  private static <C extends Enum<C>> Map<C, Long> copy(Class<C> type, Map<C, Long> counts) {
    Map<C, Long> copy = new EnumMap<>(type);
    copy.putAll(counts);
    return Collections.unmodifiableMap(copy);
  }
}
