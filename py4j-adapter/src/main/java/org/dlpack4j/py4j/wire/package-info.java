/**
 * What goes over the socket between this JVM and a peer: packets, joined to messages, parsed to
 * {@link org.dlpack4j.py4j.wire.Message}s. All of it is a function of the bytes; nothing here knows
 * of sockets or sessions.
 */
@NullMarked
package org.dlpack4j.py4j.wire;

import org.jspecify.annotations.NullMarked;
