package org.dlpack4j.py4j;

/** What becomes of memory that no other process can map. */
public enum CopyPolicy {
  /** It is copied to memory that can be mapped, once, when it is published; flagged and counted. */
  COPY,

  /** It is refused. */
  REFUSE
}
