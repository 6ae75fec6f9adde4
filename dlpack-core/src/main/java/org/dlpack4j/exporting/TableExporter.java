package org.dlpack4j.exporting;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;

/**
 * Exports tables: a managed tensor for every tensor of every column, all over one owner. The bytes
 * are never copied or looked at.
 *
 * <p>All or nothing: if an export throws, whatever it throws, the owner is as it was before and
 * with whom it was before. A table without tensors needs no owner: it is released at once.
 */
public final class TableExporter {

  private TableExporter() {}

  /**
   * Exports each tensor as a {@code DLManagedTensorVersioned} of the current version.
   *
   * @param table what the consumers see
   * @param owner what keeps the table's memory alive until the last tensor is deleted; taken over
   *     on success, the caller's on failure
   * @return the exported table, held by the caller
   * @throws IllegalArgumentException if a tensor's data is not aligned to its numbers
   * @throws IllegalStateException if the owner cannot serve another export
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTable export(Table table, Owner owner) {
    return export(table, owner, Flavour.VERSIONED);
  }

  /**
   * The same, over memory that other exports share.
   *
   * @param table what the consumers see
   * @param owner what keeps the table's memory alive; gets one more reference on success
   * @return the exported table, held by the caller
   * @throws IllegalArgumentException if a tensor's data is not aligned to its numbers
   * @throws IllegalStateException if the owner's last reference is gone
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTable export(Table table, SharedOwner owner) {
    return export(table, owner, Flavour.VERSIONED);
  }

  /**
   * Exports each tensor as a {@code DLManagedTensor}, for consumers from before DLPack 1.0.
   *
   * @param table what the consumers see; all of it writable, as the legacy struct cannot say
   *     otherwise
   * @param owner what keeps the table's memory alive until the last tensor is deleted; taken over
   *     on success, the caller's on failure
   * @return the exported table, held by the caller
   * @throws IllegalArgumentException if a tensor or the owner is read-only, or a tensor padded or
   *     not aligned
   * @throws IllegalStateException if the owner cannot serve another export
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTable exportLegacy(Table table, Owner owner) {
    return export(table, owner, Flavour.LEGACY);
  }

  /**
   * The same, over memory that other exports share.
   *
   * @param table what the consumers see; all of it writable
   * @param owner what keeps the table's memory alive; gets one more reference on success
   * @return the exported table, held by the caller
   * @throws IllegalArgumentException if a tensor or the owner is read-only, or a tensor padded or
   *     not aligned
   * @throws IllegalStateException if the owner's last reference is gone
   * @throws OutOfMemoryError if there is no native memory
   */
  public static ExportedTable exportLegacy(Table table, SharedOwner owner) {
    return export(table, owner, Flavour.LEGACY);
  }

  private static ExportedTable export(Table table, SharedOwner shared, Flavour flavour) {
    Owner reference = shared.retain();
    try {
      return export(table, reference, flavour);
    } catch (Throwable e) {
      reference.release();
      throw e;
    }
  }

  /** Everything that can fail comes before the owner is taken over. */
  private static ExportedTable export(Table table, Owner owner, Flavour flavour) {
    List<TensorView> views = views(table);
    for (TensorView view : views) {
      TensorExporter.requireExportable(view, owner, flavour);
    }
    Blocks blocks = new Blocks(views.size(), Lane.ofReleasedByJava(owner));
    ExportedTable exported = new ExportedTable(table, blocks.addresses, owner.isReadOnly());
    int birth = Birth.of(Exports.CLOCK.ticks(), flavour);
    TableOwner held = new TableOwner(owner, views.size());
    try {
      blocks.claim();
      blocks.write(views, owner, flavour);
      exported.begin(ExportedTable.LEAKS);
      owner.beginExport();
    } catch (Throwable e) {
      exported.end(ExportedTable.LEAKS);
      blocks.unclaim();
      throw e;
    }
    if (views.isEmpty()) {
      owner.release();
    } else {
      blocks.own(held, birth);
    }
    return exported;
  }

  /** All tensors in the order that {@link ExportedTable#transferOutAddresses} gives them in. */
  static List<TensorView> views(Table table) {
    List<TensorView> views = new ArrayList<>(table.columns().size());
    addViews(table.columns(), views);
    return views;
  }

  private static void addViews(List<Column> columns, List<TensorView> views) {
    for (Column column : columns) {
      if (column.type().form().hasData()) {
        views.add(column.data());
      }
      column.offsets().ifPresent(views::add);
      column.sizes().ifPresent(views::add);
      column.validity().ifPresent(validity -> views.add(validity.bytes()));
      addViews(column.children(), views);
    }
  }
}
