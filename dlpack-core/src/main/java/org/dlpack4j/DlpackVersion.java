package org.dlpack4j;

/**
 * A version of the DLPack ABI. Minors only add; a different major is another struct.
 *
 * @param major compatible only when equal
 * @param minor newer ones add values, never fields
 */
public record DlpackVersion(int major, int minor) {

  /** What this library writes. */
  public static final DlpackVersion CURRENT = new DlpackVersion(1, 3);

  /**
   * Whether a struct of this version may be read by this library.
   *
   * @return true if the major is ours
   */
  public boolean isReadable() {
    return major == CURRENT.major;
  }

  /** Major and minor, such as {@code 1.3}. */
  @Override
  public String toString() {
    return Integer.toUnsignedString(major) + "." + Integer.toUnsignedString(minor);
  }
}
