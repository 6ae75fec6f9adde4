/**
 * Arrow's C Data, C Stream and C Device Data Interface: vectors and record batches to and from
 * everything that speaks them, without a copy.
 */
@NullMarked
package org.dlpack4j.arrow.cdata;

import org.jspecify.annotations.NullMarked;
