/**
 * Columns and tables of cuDF as tensors, columns and tables, and back, without a copy. {@code
 * CudfExporter} is the way out, {@code CudfImporter} the way in, {@code CudfMemory} what is held.
 */
@NullMarked
package org.dlpack4j.cudf;

import org.jspecify.annotations.NullMarked;
