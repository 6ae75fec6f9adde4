/**
 * Memory that other processes can map: {@link org.dlpack4j.memory.SharedMemory} gives out pieces of
 * sealed files in memory, {@link org.dlpack4j.memory.SharedSegment} is such a file, to be handed to
 * a peer as a descriptor.
 *
 * <p>Inside, from small to large: a {@code Span} holds up to 63 blocks of one size, a {@code Bin}
 * the spans of one size, a {@code Chunk} is a segment that is cut into spans, {@code Chunks} are
 * all of a pool.
 */
@NullMarked
package org.dlpack4j.memory;

import org.jspecify.annotations.NullMarked;
