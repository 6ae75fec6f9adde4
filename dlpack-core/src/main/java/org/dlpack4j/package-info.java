/**
 * The vocabulary: what a tensor is made of ({@link org.dlpack4j.DataType}, {@link
 * org.dlpack4j.Device}, {@link org.dlpack4j.TensorLayout}), a borrowed description of one ({@link
 * org.dlpack4j.TensorView}), and what keeps its bytes alive ({@link org.dlpack4j.Owner}).
 */
@NullMarked
package org.dlpack4j;

import org.jspecify.annotations.NullMarked;
