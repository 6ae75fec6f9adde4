package org.dlpack4j;

/** The flag bits of a versioned tensor. Bits without a name here are kept as they are. */
public final class TensorFlags {

  /** The consumer must not write. */
  public static final long READ_ONLY = 1;

  /** The bytes are a copy made for this tensor, and nobody else has them. */
  public static final long IS_COPIED = 1 << 1;

  /** Each sub-byte number fills whole bytes of its own. */
  public static final long IS_SUBBYTE_TYPE_PADDED = 1 << 2;

  private TensorFlags() {}
}
