package org.dlpack4j.cuda;

import org.dlpack4j.Owner;

/**
 * An owner of memory that a device works with: let go, it is released when the device has done what
 * was queued before.
 *
 * @param ordinal of the device
 * @param policy what has to be done before
 * @param inner what is released in the end, by the gate's thread
 */
record GatedOwner(int ordinal, ReleasePolicy policy, Owner inner) implements Owner {

  @Override
  public void release() {
    CudaReleases.GATE.add(ordinal, policy, inner::release);
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING; // the release itself is done later
  }

  @Override
  public boolean isReadOnly() {
    return inner.isReadOnly();
  }

  @Override
  public boolean isFreshCopy() {
    return inner.isFreshCopy();
  }

  @Override
  public void beginExport() {
    inner.beginExport();
  }
}
