/** Foreign memory as Arrow wants it: with validity for vectors without nulls, too. */
@NullMarked
package org.dlpack4j.arrow.bitmap;

import org.jspecify.annotations.NullMarked;
