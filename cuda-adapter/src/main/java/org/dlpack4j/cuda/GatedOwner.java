package org.dlpack4j.cuda;

import org.dlpack4j.Owner;
import org.dlpack4j.internal.OwnerKind;

/**
 * An owner of memory that devices work with: let go, it is released when they have done what was
 * queued before.
 *
 * @param users the devices
 * @param policy what has to be done before
 * @param inner what is released in the end, by the gate's thread
 */
record GatedOwner(Users users, ReleasePolicy policy, Owner inner)
    implements Owner, OwnerKind.Wrapping {

  /** An owner behind the gate; once, also if it comes from behind it. */
  static Owner of(Users users, ReleasePolicy policy, Owner owner) {
    return switch (owner) {
      case GatedOwner gated when gated.users.equals(users) ->
          new GatedOwner(users, gated.policy.and(policy), gated.inner);
      case CudaMemory memory -> memory.releasing(policy, false);
      default -> new GatedOwner(users, policy, owner);
    };
  }

  @Override
  public void release() {
    CudaReleases.GATE.add(users, policy, inner::release);
  }

  @Override
  public Object wrapped() {
    return inner;
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
