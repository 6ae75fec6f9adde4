package org.dlpack4j.memory;

/**
 * Where an address is, in terms that mean something to another process.
 *
 * @param segment the segment
 * @param offset bytes from its start
 */
public record SharedLocation(SharedSegment segment, long offset) {}
