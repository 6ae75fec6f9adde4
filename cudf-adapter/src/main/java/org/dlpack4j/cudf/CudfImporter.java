package org.dlpack4j.cudf;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.Table;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.ReleasePolicy;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;

/**
 * Makes columns of foreign tensors where they lie. The deleter of a tensor is called when the last
 * of cuDF's references to it is gone and the device has done what was queued before, see {@link
 * ReleasePolicy}, on a thread of this library's.
 *
 * <p>What tensors say about their memory is checked with the driver. If an import throws, whatever
 * it throws, all tensors are with whom they were before. An import does not wait for the producer's
 * work: have the stream that cuDF uses, its per-thread default, wait for it by the producer's
 * {@link org.dlpack4j.device.Handshake}. RMM knows nothing of the memory: see {@link CudfMemory}.
 */
public final class CudfImporter {

  private static final CudfImporter VERSIONED =
      new CudfImporter(
          TensorImporter.versioned(), TableImporter.versioned(), new CudfImportSettings());
  private static final CudfImporter LEGACY =
      new CudfImporter(TensorImporter.legacy(), TableImporter.legacy(), new CudfImportSettings());

  private final TensorImporter vectors;
  private final TensorImporter matrices;
  private final TableImporter tables;
  private final CudfImportSettings settings;

  private CudfImporter(TensorImporter tensors, TableImporter tables, CudfImportSettings settings) {
    this.vectors = tensors.with(settings.policy.ndim(1, 1));
    this.matrices = tensors.with(settings.policy.ndim(2, 2));
    this.tables = tables.with(settings.policy);
    this.settings = settings;
  }

  /**
   * Imports {@code DLManagedTensorVersioned}.
   *
   * @return the importer
   */
  public static CudfImporter versioned() {
    return VERSIONED;
  }

  /**
   * Imports {@code DLManagedTensor}, from producers from before DLPack 1.0.
   *
   * @return the importer
   */
  public static CudfImporter legacy() {
    return LEGACY;
  }

  private CudfImporter with(Consumer<CudfImportSettings> change) {
    CudfImportSettings changed = new CudfImportSettings(settings);
    change.accept(changed);
    return new CudfImporter(vectors, tables, changed);
  }

  /**
   * The same, with another policy of what is accepted.
   *
   * @param policy the policy; it must allow the device, as {@link ImportPolicy#anyDevice} does
   * @return another importer
   */
  public CudfImporter with(ImportPolicy policy) {
    return with(changed -> changed.policy = policy);
  }

  /**
   * The same, with deleters called by another policy.
   *
   * @param policy what has to be done before
   * @return another importer
   */
  public CudfImporter releasing(ReleasePolicy policy) {
    return with(changed -> changed.release = policy);
  }

  /**
   * The same, with a limit to the bytes that its columns hold, of which RMM knows nothing.
   *
   * @param budget what they may hold
   * @return another importer
   */
  public CudfImporter within(CudfBudget budget) {
    return with(changed -> changed.budget = budget);
  }

  /**
   * The same, for a column with validity, of which no tensor says how many rows are null.
   *
   * @param column its name; that of a child with the names around it, such as {@code tags.item}
   * @param count how many of its rows are null; it is believed
   * @return another importer
   */
  public CudfImporter withNullCount(String column, long count) {
    return with(changed -> changed.nullCounts = settings.nullCounts.with(column, count));
  }

  /**
   * The same, which has cuDF count the nulls of columns of which {@link #withNullCount} does not
   * say it: a kernel for each of them, for which it waits.
   *
   * @return another importer
   */
  public CudfImporter countingNulls() {
    return with(changed -> changed.nullCounts = settings.nullCounts.counting());
  }

  /**
   * The same, which copies to the thread's device what no column can lie on: main and pinned
   * memory, what has gaps or is repeated, and validity without padding. All else is imported in
   * place. What is copied is counted by {@link #copiedBytes} and by {@link
   * org.dlpack4j.cuda.CudaCopies#statistics}.
   *
   * <p>If an import fails, copies that were queued before may still read the caller's tensors: let
   * the stream come to its end, or release them after it.
   *
   * @param stream where copies are queued, such as {@link DeviceStream#PER_THREAD_DEFAULT}, cuDF's
   *     own
   * @return another importer, which has copied nothing yet
   */
  public CudfImporter copyingIfNeeded(DeviceStream stream) {
    return with(
        changed -> {
          changed.copying = stream;
          changed.copiedBytes = new LongAdder();
        });
  }

  /**
   * What {@link #copyingIfNeeded} had to copy: an import that leaves it as it was made no copy.
   *
   * @return the bytes that this importer, and those made of it, have copied
   */
  public long copiedBytes() {
    return settings.copiedBytes.sum();
  }

  /**
   * Makes a column of numbers or truth values.
   *
   * @param managed the managed tensor, of one dimension; on success the column's, on failure the
   *     caller's
   * @return the column, to be closed by the caller
   * @throws org.dlpack4j.importing.RefusedTensorException if it is not so, or not acceptable
   * @throws RefusedColumnException if cuDF cannot have it so
   * @throws IllegalArgumentException if it is no tensor of CUDA, or the driver says otherwise
   * @throws IllegalStateException if it would not fit the budget
   */
  public ColumnVector importVector(MemorySegment managed) {
    return imported(managed, view -> ColumnTypes.of("tensor", view.dataType()));
  }

  /**
   * Makes a column of a type, such as of timestamps.
   *
   * @param type what it is to be; of numbers as the tensor's
   * @param managed the managed tensor, of one dimension; on success the column's, on failure the
   *     caller's
   * @return the column, to be closed by the caller
   * @throws org.dlpack4j.importing.RefusedTensorException if it is not so, or not acceptable
   * @throws RefusedColumnException if the tensor has other numbers, or cuDF cannot have it so
   * @throws IllegalArgumentException if it is no tensor of CUDA, or the driver says otherwise
   * @throws IllegalStateException if it would not fit the budget
   */
  public ColumnVector importVector(DType type, MemorySegment managed) {
    return imported(
        managed,
        view -> {
          ColumnTypes.requireNumbers(type, view.dataType());
          return type;
        });
  }

  private ColumnVector imported(MemorySegment managed, Function<TensorView, DType> fit) {
    return of(
        vectors.adopt(managed),
        (view, columns) -> columns.of(fit.apply(view), view),
        ColumnVector::close);
  }

  /**
   * Makes a table of a matrix, with a column for each of its own, all over one tensor.
   *
   * @param managed the managed tensor, of two dimensions, column-major; on success the table's, on
   *     failure the caller's
   * @return the table, to be closed by the caller
   * @throws org.dlpack4j.importing.RefusedTensorException if it is not so, or not acceptable
   * @throws RefusedColumnException if cuDF cannot have it so
   * @throws IllegalArgumentException if it is no tensor of CUDA, or the driver says otherwise
   * @throws IllegalStateException if it would not fit the budget
   */
  public Table importMatrix(MemorySegment managed) {
    return of(matrices.adopt(managed), (view, columns) -> columns.ofMatrix(view), Table::close);
  }

  /**
   * Makes a column of any type.
   *
   * @param field what it must be like
   * @param column its managed tensors; on success the column's, on failure the caller's
   * @return the column, to be closed by the caller
   * @throws org.dlpack4j.importing.RefusedTableException if it is not so, or a tensor is not
   *     acceptable, with every reason
   * @throws RefusedColumnException if cuDF cannot have it so
   * @throws IllegalArgumentException if it is not of CUDA, or the driver says otherwise
   * @throws IllegalStateException if it would not fit the budget
   */
  public ColumnVector importColumn(Field field, ManagedColumn column) {
    return of(
        tables.adopt(Schema.of(field), List.of(column)),
        (table, columns) -> columns.of(table.columns().getFirst()),
        ColumnVector::close);
  }

  /**
   * Makes a table: all of its columns, or none.
   *
   * @param schema what it must be like, in every column
   * @param columns the managed tensors of each column; on success the table's, on failure the
   *     caller's
   * @return the table, to be closed by the caller; it has no names
   * @throws org.dlpack4j.importing.RefusedTableException if it is not so, or a tensor is not
   *     acceptable, with every reason
   * @throws RefusedColumnException if cuDF cannot have it so
   * @throws IllegalArgumentException if it is not of CUDA, or the driver says otherwise
   * @throws IllegalStateException if it would not fit the budget
   */
  public Table importTable(Schema schema, List<ManagedColumn> columns) {
    return of(tables.adopt(schema, columns), (table, wrapped) -> wrapped.of(table), Table::close);
  }

  /** What makes cuDF's objects of what was adopted. */
  private interface Maker<V, T> {
    T make(V view, WrappedColumns columns);
  }

  private <T> T of(ImportedTensor tensor, Maker<TensorView, T> maker, Consumer<T> close) {
    try {
      return made(tensor.view(), maker, close, tensor::intoOwner);
    } catch (Throwable e) {
      MemorySegment ignored = tensor.transferOut();
      throw e;
    }
  }

  private <T> T of(
      ImportedTable table, Maker<org.dlpack4j.table.Table, T> maker, Consumer<T> close) {
    try {
      return made(table.table(), maker, close, table::intoOwner);
    } catch (Throwable e) {
      List<ManagedColumn> ignored = table.transferOut();
      throw e;
    }
  }

  /** To take the foreign owner is the last that can fail. */
  private <V, T> T made(V view, Maker<V, T> maker, Consumer<T> close, Supplier<Owner> foreign) {
    AdoptedMemory memory = new AdoptedMemory();
    Placement placement = new Placement(settings.copying);
    try {
      T made = maker.make(view, new WrappedColumns(memory, placement, settings.nullCounts));
      try {
        memory.giveOwner(
            placement.owner(foreign, settings.release, memory.bytes(), settings.budget));
      } catch (Throwable e) {
        close.accept(made);
        throw e;
      }
      settings.copiedBytes.add(placement.copiedBytes());
      return made;
    } catch (Throwable e) {
      memory.abandon();
      placement.closeCopies();
      throw e;
    }
  }
}
