package org.dlpack4j.cudf;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.Table;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.cuda.CudaReleases;
import org.dlpack4j.cuda.ReleasePolicy;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.table.Column;
import org.jspecify.annotations.Nullable;

/**
 * Exports columns where they lie. An export holds one of cuDF's references on each column until its
 * consumer is done and the device has done what was queued before, see {@link ReleasePolicy}; the
 * column may be closed at once, on any thread.
 *
 * <p>Slices cannot be given: cuDF-Java does not tell where a {@link ai.rapids.cudf.ColumnView}
 * begins. If an export throws, whatever it throws, nothing is retained. An export does not wait for
 * the work that fills a column: give the consumer {@link org.dlpack4j.device.Handshake#after} the
 * stream of that work, which is cuDF's per-thread default.
 */
public final class CudfExporter {

  private static final CudfExporter VERSIONED =
      new CudfExporter(Flavour.VERSIONED, ReleasePolicy.EVENTS, null);
  private static final CudfExporter LEGACY =
      new CudfExporter(Flavour.LEGACY, ReleasePolicy.EVENTS, null);

  private final Flavour flavour;
  private final ReleasePolicy policy;
  private final @Nullable CudfBudget budget;

  private CudfExporter(Flavour flavour, ReleasePolicy policy, @Nullable CudfBudget budget) {
    this.flavour = flavour;
    this.policy = policy;
    this.budget = budget;
  }

  /**
   * Exports {@code DLManagedTensorVersioned}.
   *
   * @return the exporter
   */
  public static CudfExporter versioned() {
    return VERSIONED;
  }

  /**
   * Exports {@code DLManagedTensor}, for consumers from before DLPack 1.0.
   *
   * @return the exporter
   */
  public static CudfExporter legacy() {
    return LEGACY;
  }

  /**
   * The same, with columns released by another policy.
   *
   * @param newPolicy what has to be done before
   * @return another exporter
   */
  public CudfExporter releasing(ReleasePolicy newPolicy) {
    return new CudfExporter(flavour, newPolicy, budget);
  }

  /**
   * The same, with a limit to the bytes that its exports hold, none of which can be spilled.
   *
   * @param newBudget what they may hold
   * @return another exporter
   */
  public CudfExporter within(CudfBudget newBudget) {
    return new CudfExporter(flavour, policy, newBudget);
  }

  /**
   * Exports a column as one tensor of one dimension.
   *
   * @param column numbers, truth values, dates, times or decimals of at most 64 bits, without nulls
   * @return the exported tensor, held by the caller
   * @throws RefusedColumnException if it is not one tensor, or has nulls
   * @throws IllegalStateException if it is closed, or would not fit the budget
   */
  public ExportedTensor export(ColumnVector column) {
    Owner owner = ColumnOwner.retaining(List.of(column));
    try {
      ColumnViews views = new ColumnViews();
      TensorView view = views.tensor(column);
      owner = charged(owner, views);
      return export(view, CudaReleases.gated(view, policy, owner));
    } catch (Throwable e) {
      owner.release();
      throw e;
    }
  }

  /**
   * Exports a column of any type as a table of one column: its data, offsets and validity, and its
   * children, each a tensor. The validity is there if there are nulls.
   *
   * @param name what the column is called
   * @param column what the consumer sees; of text cuDF is asked for its number of bytes, for which
   *     it waits for its stream
   * @return the exported table, held by the caller
   * @throws RefusedColumnException if it cannot be a column
   * @throws IllegalStateException if it is closed, or would not fit the budget
   */
  public ExportedTable exportColumn(String name, ColumnVector column) {
    return exportAll(column.getRowCount(), List.of(column), List.of(name));
  }

  /**
   * Exports a table: all of its columns, or none.
   *
   * @param table what the consumers see
   * @param names of the columns, which cuDF's have not; {@code col_0} and so on if there are none
   * @return the exported table, held by the caller
   * @throws IllegalArgumentException if there are more or fewer names, or one is there twice
   * @throws RefusedColumnException if a column cannot cross
   * @throws IllegalStateException if it is closed, or would not fit the budget
   */
  public ExportedTable export(Table table, String... names) {
    int count = table.getNumberOfColumns();
    if (names.length != 0 && names.length != count) {
      throw new IllegalArgumentException(
          "table: expected %d names but found %d".formatted(count, names.length));
    }
    List<ColumnVector> columns = columns(table);
    List<String> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      all.add(names.length == 0 ? ColumnViews.name(i) : names[i]);
    }
    return exportAll(table.getRowCount(), columns, all);
  }

  private ExportedTable exportAll(long rows, List<ColumnVector> columns, List<String> names) {
    Owner owner = ColumnOwner.retaining(columns);
    try {
      ColumnViews views = new ColumnViews();
      List<Column> described = new ArrayList<>(columns.size());
      for (int i = 0; i < columns.size(); i++) {
        described.add(views.column(names.get(i), columns.get(i)));
      }
      owner = charged(owner, views);
      Owner gated = CudaReleases.gated(views.any(), policy, owner);
      var table = new org.dlpack4j.table.Table(rows, described);
      return flavour == Flavour.VERSIONED
          ? TableExporter.export(table, gated)
          : TableExporter.exportLegacy(table, gated);
    } catch (Throwable e) {
      owner.release();
      throw e;
    }
  }

  /**
   * Exports the columns of a table as one matrix of a row for each row, where they lie.
   *
   * @param table of numbers of one type, without nulls, in one allocation, each column as far from
   *     the one before as the second from the first
   * @return the exported tensor, column-major, held by the caller
   * @throws RefusedColumnException if it is not so
   * @throws IllegalStateException if it is closed, or would not fit the budget
   */
  public ExportedTensor exportMatrix(Table table) {
    List<ColumnVector> columns = columns(table);
    Owner owner = ColumnOwner.retaining(columns);
    try {
      ColumnViews views = new ColumnViews();
      TensorView view = ColumnMatrix.inPlace(columns, views);
      owner = charged(owner, views);
      return export(view, CudaReleases.gated(view, policy, owner));
    } catch (Throwable e) {
      owner.release();
      throw e;
    }
  }

  /**
   * Exports a copy of the columns of a table as one matrix, column-major, on the same device.
   *
   * @param table of numbers of one type, without nulls
   * @param stream where the copy is queued, such as {@link DeviceStream#PER_THREAD_DEFAULT}, cuDF's
   *     own; the consumer waits for it, as for any work
   * @return the exported tensor, held by the caller, flagged as copied
   * @throws RefusedColumnException if it is not so
   * @throws IllegalStateException if it is closed
   */
  public ExportedTensor exportMatrixCopy(Table table, DeviceStream stream) {
    List<ColumnVector> columns = columns(table);
    Owner owner = ColumnOwner.retaining(columns);
    try {
      List<TensorView> views = ColumnMatrix.columns(columns, new ColumnViews());
      // The columns stay until what is queued is done, also if not all can be.
      Owner columnsUntilThen = CudaReleases.gated(views.getFirst(), ReleasePolicy.EVENTS, owner);
      owner = columnsUntilThen;
      MatrixCopy copy = MatrixCopy.of(views, stream);
      owner = copy; // let go, whatever comes of that, the columns are not ours
      columnsUntilThen.release();
      return export(copy.view(), copy);
    } catch (Throwable e) {
      owner.release();
      throw e;
    }
  }

  private Owner charged(Owner owner, ColumnViews views) {
    return CudfOwner.of(() -> owner, views.bytes(), CudfMemory.EXPORTED, budget);
  }

  private ExportedTensor export(TensorView view, Owner owner) {
    return flavour == Flavour.VERSIONED
        ? TensorExporter.export(view, owner)
        : TensorExporter.exportLegacy(view, owner);
  }

  private static List<ColumnVector> columns(Table table) {
    List<ColumnVector> columns = new ArrayList<>(table.getNumberOfColumns());
    for (int i = 0; i < table.getNumberOfColumns(); i++) {
      columns.add(table.getColumn(i));
    }
    return columns;
  }
}
