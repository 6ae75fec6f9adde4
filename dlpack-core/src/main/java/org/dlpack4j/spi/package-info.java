/** What other modules of dlpack4j plug into the core. */
@NullMarked
package org.dlpack4j.spi;

import org.jspecify.annotations.NullMarked;
