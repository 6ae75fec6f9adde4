/** The only place with restricted calls of this module. Not exported. */
@NullMarked
package org.dlpack4j.shim.internal;

import org.jspecify.annotations.NullMarked;
