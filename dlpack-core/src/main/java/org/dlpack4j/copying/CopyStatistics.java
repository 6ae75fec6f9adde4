package org.dlpack4j.copying;

/**
 * What was copied since the JVM started. A copy of nothing counts, one that failed does not.
 *
 * @param copies how many copies were made
 * @param bytes how many bytes they wrote
 */
public record CopyStatistics(long copies, long bytes) {}
