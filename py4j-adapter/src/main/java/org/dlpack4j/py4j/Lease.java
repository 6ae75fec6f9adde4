package org.dlpack4j.py4j;

import java.time.Duration;
import java.util.Optional;

/**
 * What a peer holds: an object that it has fetched, or memory that it got to write to. It ends when
 * the peer gives it back, and when the peer ends.
 *
 * @param id a number that no other lease of the service has or will have
 * @param name of the object; empty for memory to write to
 * @param generation of the object, by which it is told from later ones of the same name
 * @param pid the peer's process
 * @param age since it was granted
 * @param bytes how large the object is
 */
public record Lease(
    long id, Optional<String> name, long generation, long pid, Duration age, long bytes) {}
