/** Arrow vectors and record batches as tensors, columns and tables, and back. */
@NullMarked
package org.dlpack4j.arrow;

import org.jspecify.annotations.NullMarked;
