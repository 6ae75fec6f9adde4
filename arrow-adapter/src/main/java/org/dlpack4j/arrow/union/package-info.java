/** What Arrow Java's vectors of unions do not tell. */
@NullMarked
package org.dlpack4j.arrow.union;

import org.jspecify.annotations.NullMarked;
