/** The calls into C. */
@NullMarked
package org.dlpack4j.cudasim.internal;

import org.jspecify.annotations.NullMarked;
