/** Plugs the functions in C into the core. */
@NullMarked
package org.dlpack4j.shim;

import org.jspecify.annotations.NullMarked;
