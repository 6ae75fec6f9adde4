/**
 * Memory of CUDA devices as tensors: {@link org.dlpack4j.cuda.CudaExporter} gives it away, {@link
 * org.dlpack4j.cuda.CudaImporter} takes it from other libraries. What the driver says about an
 * address is believed over what a tensor says; work is put in order by events, and nothing is let
 * go before the work that may use it is done.
 */
@NullMarked
package org.dlpack4j.cuda;

import org.jspecify.annotations.NullMarked;
