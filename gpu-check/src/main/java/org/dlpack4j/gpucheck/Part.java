package org.dlpack4j.gpucheck;

import java.time.Duration;
import java.util.Optional;

/**
 * Tests that one process runs.
 *
 * @param name what is tested
 * @param lack why it cannot run here, if so
 * @param command runs it
 * @param timeout how long it may take
 * @param saysEnd whether the process says that it has done all
 */
record Part(
    String name,
    Optional<String> lack,
    ProcessBuilder command,
    Duration timeout,
    boolean saysEnd) {}
