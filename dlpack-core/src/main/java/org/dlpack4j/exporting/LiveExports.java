package org.dlpack4j.exporting;

import java.time.Duration;

/**
 * The exported tensors of one kind of owner that are held, or out with consumers.
 *
 * @param kind what the owners are: {@code arena}, {@code reachable}, {@code native}, {@code adopted
 *     tensor}, the name of a class, {@code lambda in} one; with {@code shared} before it if they
 *     are
 * @param count how many tensors
 * @param bytes what they span together, each from its lowest to its highest element; memory that
 *     several see counts for each of them
 * @param oldest how long ago the first of them was exported, to about a second
 */
public record LiveExports(String kind, long count, long bytes, Duration oldest) {}
