/**
 * Comparisons of dlpack4j with other people's code, in the same run.
 *
 * <p>{@code Bench} is what a person starts. It forks a JVM for each {@code Comparison}, in which
 * {@code Child} lets both sides take turns; JMH does the measuring. The lists of comparisons, with
 * their goals, are the classes named {@code …Comparisons}.
 */
@NullMarked
package org.dlpack4j.bench;

import org.jspecify.annotations.NullMarked;
