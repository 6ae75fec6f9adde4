/**
 * The elements of tensors whose memory Java may read: {@link org.dlpack4j.elements.TensorElements}
 * by index, {@link org.dlpack4j.elements.ElementCodec} by place.
 */
@NullMarked
package org.dlpack4j.elements;

import org.jspecify.annotations.NullMarked;
