/** What JCuda's programs hold, as tensors and streams, and the reverse. */
@NullMarked
package org.dlpack4j.cuda.jcuda;

import org.jspecify.annotations.NullMarked;
