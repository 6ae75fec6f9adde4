package org.dlpack4j.memory;

/**
 * How a pool of shared memory is doing.
 *
 * @param liveAllocations held by somebody, as a handle or as an owner
 * @param liveBytes what these occupy, rounded up to the sizes that there are
 * @param segments the files that are mapped now, those included that wait for a hold to end
 * @param mappedBytes how large these are together, all of it memory
 * @param keptBytes how much of that is in large segments which nobody uses and the next may have
 * @param doubleFrees how often something was given back that had been already; ignored and counted
 * @param leaks handles of any pool dropped while held; always 0 unless leaks are watched for
 */
public record SharedMemoryStatistics(
    long liveAllocations,
    long liveBytes,
    long segments,
    long mappedBytes,
    long keptBytes,
    long doubleFrees,
    long leaks) {}
