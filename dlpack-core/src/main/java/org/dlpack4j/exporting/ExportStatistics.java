package org.dlpack4j.exporting;

/**
 * How exported tensors are doing.
 *
 * @param live held, or out with consumers
 * @param pending deleted by their consumers, owner not yet released
 * @param doubleDeletes deleter calls on tensors that were deleted already; ignored and counted
 * @param releaseFailures owners whose release threw
 * @param leaks exported tensors dropped while held; always 0 unless leaks are watched for
 * @param nativeBytes memory taken for managed tensors, never given back but used again
 */
public record ExportStatistics(
    long live,
    long pending,
    long doubleDeletes,
    long releaseFailures,
    long leaks,
    long nativeBytes) {}
