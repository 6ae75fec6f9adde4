/**
 * Copies, for whoever asks for one. {@link org.dlpack4j.copying.Copies} moves the elements of any
 * layout to any other; {@link org.dlpack4j.copying.TensorCopy} is a tensor in new memory.
 *
 * <p>Inside: a {@code CopyPlan} is what two layouts come to, as nested loops; a {@code CopyKernel}
 * does the inner ones; a {@code CopyGrid} cuts a plan into chunks, and a {@code Team} of threads
 * does them.
 */
@NullMarked
package org.dlpack4j.copying;

import org.jspecify.annotations.NullMarked;
