/** Software that we did not write, bound just far enough to produce and consume tensors. */
@NullMarked
package org.dlpack4j.foreign;

import org.jspecify.annotations.NullMarked;
