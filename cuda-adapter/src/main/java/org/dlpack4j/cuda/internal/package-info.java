/** The functions of CUDA's driver. */
@NullMarked
package org.dlpack4j.cuda.internal;

import org.jspecify.annotations.NullMarked;
