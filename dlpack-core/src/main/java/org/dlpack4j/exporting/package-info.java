/**
 * Giving tensors away. {@link org.dlpack4j.exporting.TensorExporter} makes an {@link
 * org.dlpack4j.exporting.ExportedTensor}; {@link org.dlpack4j.exporting.Exports} sees all of them.
 *
 * <p>Inside, from small to large: a {@code Block} holds one managed tensor, a {@code Slab} 31
 * blocks, a {@code Stripe} the slabs that some threads claim from, the {@code SlabPool} everything;
 * the {@code Reaper} releases the owners of what consumers have deleted.
 */
@NullMarked
package org.dlpack4j.exporting;

import org.jspecify.annotations.NullMarked;
