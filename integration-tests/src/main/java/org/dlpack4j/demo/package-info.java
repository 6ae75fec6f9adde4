/** The demonstration that {@code bin/demo} runs. */
@NullMarked
package org.dlpack4j.demo;

import org.jspecify.annotations.NullMarked;
