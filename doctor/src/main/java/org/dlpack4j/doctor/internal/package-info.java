/** The only place with restricted calls of this module: system calls, and NVIDIA's driver. */
@NullMarked
package org.dlpack4j.doctor.internal;

import org.jspecify.annotations.NullMarked;
