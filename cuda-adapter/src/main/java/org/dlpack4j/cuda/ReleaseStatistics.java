package org.dlpack4j.cuda;

/**
 * How releases go.
 *
 * @param pending let go, and waiting for work of the device
 * @param released let go and released
 * @param failed released, with an exception, which was logged
 * @param stuck never to be released, as the device has failed
 */
public record ReleaseStatistics(long pending, long released, long failed, long stuck) {}
