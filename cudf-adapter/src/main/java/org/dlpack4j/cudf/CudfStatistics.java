package org.dlpack4j.cudf;

/**
 * What is held of others, and by others.
 *
 * @param adoptedBytes of foreign tensors that cuDF's columns lie in, until their deleters are
 *     called: the device has them, and RMM knows nothing of them
 * @param unspillableBytes of cuDF's columns that exports hold, and that cannot be spilled or freed
 *     until their consumers are done; twice what is exported twice
 * @param failedReleases releases of foreign memory that threw; they were logged
 */
public record CudfStatistics(long adoptedBytes, long unspillableBytes, long failedReleases) {}
