package org.dlpack4j.exporting;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.OwnerKind;

/**
 * Exports that were not given away, as the owner of their memory: releasing it deletes them, as
 * their consumers would, so that whatever they hold is released by whoever may do that.
 */
@OwnerKind.Named("export")
final class ExportOwner implements Owner {

  private final Runnable delete;
  private final boolean readOnly;
  private final AtomicBoolean exported = new AtomicBoolean();
  private final AtomicBoolean released = new AtomicBoolean();

  ExportOwner(Runnable delete, boolean readOnly) {
    this.delete = delete;
    this.readOnly = readOnly;
  }

  @Override
  public void beginExport() {
    if (!exported.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "owner: expected an export that no other export holds but found one exported already;"
              + " export several tensors over owner.shared()");
    }
  }

  @Override
  public void release() {
    if (!released.compareAndSet(false, true)) {
      throw new IllegalStateException("owner: expected it to be held but found it released");
    }
    delete.run();
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }

  @Override
  public boolean isReadOnly() {
    return readOnly;
  }

  @Override
  public String toString() {
    return "owner of an export";
  }
}
