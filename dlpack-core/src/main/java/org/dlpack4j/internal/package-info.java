/** The only place with restricted calls into native memory. Not exported. */
@NullMarked
package org.dlpack4j.internal;

import org.jspecify.annotations.NullMarked;
