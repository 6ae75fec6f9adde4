package org.dlpack4j.memory;

/** The pages that a segment got. */
public enum PageKind {
  /** Those of the system, mostly 4 KiB. */
  NORMAL,

  /** Put together into huge ones by the kernel. It may take them apart again. */
  TRANSPARENT_HUGE,

  /** From those that the administrator has set aside ({@code vm.nr_hugepages}). */
  RESERVED_HUGE
}
