/**
 * Takes tensors from other libraries: looks at a managed tensor, refuses it with every reason, or
 * adopts it and gives it back exactly once.
 */
@NullMarked
package org.dlpack4j.importing;

import org.jspecify.annotations.NullMarked;
