/** The C structs of DLPack: sizes, offsets, and the two flavours of a managed tensor. */
@NullMarked
package org.dlpack4j.abi;

import org.jspecify.annotations.NullMarked;
