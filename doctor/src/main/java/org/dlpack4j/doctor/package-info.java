/**
 * What this machine has and lacks for each adapter, each lack with its fix.
 *
 * <p>{@code Doctor} is what a person starts. The classes named {@code …Checks} list what is looked
 * at, adapter by adapter; what they know of the machine they ask a {@code Host}, so that tests can
 * give them another one. What may crash or hang runs in a process of its own: the classes named
 * {@code …Probe}.
 */
@NullMarked
package org.dlpack4j.doctor;

import org.jspecify.annotations.NullMarked;
