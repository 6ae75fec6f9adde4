/** A CUDA driver without a GPU, for tests: what it counts, and how it is made to fail. */
@NullMarked
package org.dlpack4j.cudasim;

import org.jspecify.annotations.NullMarked;
