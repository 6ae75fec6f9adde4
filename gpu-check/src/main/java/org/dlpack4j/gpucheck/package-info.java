/** The tests that need a GPU, as a command that needs nothing but a GPU. */
@NullMarked
package org.dlpack4j.gpucheck;

import org.jspecify.annotations.NullMarked;
