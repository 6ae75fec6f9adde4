/** Validity of vectors without nulls, which Arrow Java does not do without. */
@NullMarked
package org.dlpack4j.arrow.bitmap;

import org.jspecify.annotations.NullMarked;
