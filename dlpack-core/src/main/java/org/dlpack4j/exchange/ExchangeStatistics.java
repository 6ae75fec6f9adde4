package org.dlpack4j.exchange;

/**
 * The tensors that others had our allocator make.
 *
 * @param liveTensors allocated, and not yet deleted
 * @param liveBytes of their data
 */
public record ExchangeStatistics(long liveTensors, long liveBytes) {}
