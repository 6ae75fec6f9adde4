package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Adopts foreign tables: several managed tensors of one flavour that are the columns of a table,
 * all of them or none. Immutable, for any thread.
 *
 * <p>A column's type must be the schema's to the bit, signedness included, unless {@link
 * #reinterpreting} says otherwise. All columns are equally long; no tensor is given twice; none may
 * be written where another one lies, but for those of two dictionaries. If adopting throws,
 * whatever it throws, all tensors are as they were before and with whom they were before, those
 * that were not looked at included.
 */
public final class TableImporter {

  private static final TableImporter VERSIONED = new TableImporter(new Settings());
  private static final TableImporter LEGACY =
      VERSIONED.with(settings -> settings.flavour = Flavour.LEGACY);

  private final Settings settings;
  private final TensorPolicies policies;

  private TableImporter(Settings settings) {
    this.settings = settings;
    this.policies = new TensorPolicies(settings.policy);
  }

  /**
   * Imports {@code DLManagedTensorVersioned}.
   *
   * @return an importer with the default policy, whose tables are confined to a thread
   */
  public static TableImporter versioned() {
    return VERSIONED;
  }

  /**
   * Imports {@code DLManagedTensor}, of libraries from before DLPack 1.0, as {@link
   * TensorImporter#legacy()} does.
   *
   * @return an importer with the default policy, whose tables are confined to a thread
   */
  public static TableImporter legacy() {
    return LEGACY;
  }

  private TableImporter with(Consumer<Settings> change) {
    Settings changed = new Settings(settings);
    change.accept(changed);
    return new TableImporter(changed);
  }

  /**
   * Accepts tensors by another policy. What a column needs is asked for besides: dimensions, and
   * with a schema its types in place of the policy's.
   *
   * @param policy the policy, such as {@code DEFAULT.requireContiguous()} for those who scan {@link
   *     ImportedTensor#segment()} and take no notice of strides
   * @return such an importer
   * @throws UnsupportedOperationException if the policy probes and the system does not allow it
   */
  public TableImporter with(ImportPolicy policy) {
    TensorImporter.versioned().with(policy); // throws where probing is asked for in vain
    return with(settings -> settings.policy = policy);
  }

  /**
   * Makes tables that every thread may read and close. Closing one shakes hands with all threads,
   * which takes tens of microseconds, however many columns it has.
   *
   * @return such an importer
   */
  public TableImporter shared() {
    return with(settings -> settings.shared = true);
  }

  /**
   * Adopts tables for as long as an arena lives: closing the arena calls all deleters.
   *
   * @param arena of any kind; its threads may read the tables
   * @return such an importer
   */
  public TableImporter into(Arena arena) {
    return with(settings -> settings.arena = arena);
  }

  /**
   * Accepts tables of so many rows only. Needed to say how long a table without columns is.
   *
   * @param rows how many
   * @return such an importer
   * @throws IllegalArgumentException if there cannot be so many
   */
  public TableImporter expectingRows(long rows) {
    if (rows < 0) {
      throw new IllegalArgumentException("rows: expected 0 or more but found " + rows);
    }
    return with(settings -> settings.rows = OptionalLong.of(rows));
  }

  /**
   * Takes data of another type for what the schema says, in some columns. Both types have as many
   * bits.
   *
   * @param how which other types
   * @param columns names of columns; those of children with the names around them, such as {@code
   *     tags.item}
   * @return such an importer
   */
  public TableImporter reinterpreting(Reinterpretation how, String... columns) {
    return with(
        settings -> {
          for (String column : columns) {
            Set<Reinterpretation> more = EnumSet.of(how);
            more.addAll(settings.reinterpretations.getOrDefault(column, Set.of()));
            settings.reinterpretations.put(column, more);
          }
        });
  }

  /**
   * Looks at every row's offset, size, type id and index, and at the end of every run, before
   * adopting, and not at the first and the last alone. What is on a device is not looked at.
   *
   * <p>Without this, the first and the last offset say what text, binary and lists have together;
   * but of list views, unions and indices they say nothing about the rows between, and of runs they
   * say that the last row has one. Nothing here follows what was not looked at: whoever does finds
   * that segments and elements check their bounds.
   *
   * @return such an importer
   */
  public TableImporter checkingAllOffsets() {
    return with(settings -> settings.allOffsets = true);
  }

  /**
   * Adopts a table of numbers.
   *
   * @param schema what it must be like
   * @param data a managed tensor for each column; on success they are the result's, on failure the
   *     caller's
   * @return the table, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTableException if it is not so, or a tensor is not acceptable, with every reason
   */
  public ImportedTable adopt(Schema schema, MemorySegment... data) {
    return adopt(schema, columns(data), false);
  }

  /**
   * Adopts a table.
   *
   * @param schema what it must be like
   * @param columns the managed tensors of each column; on success they are the result's, on failure
   *     the caller's
   * @return the table, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTableException if it is not so, or a tensor is not acceptable, with every reason
   */
  public ImportedTable adopt(Schema schema, List<ManagedColumn> columns) {
    return adopt(schema, columns.toArray(ManagedColumn[]::new), false);
  }

  /**
   * Adopts a table of whatever numbers there are.
   *
   * @param data a managed tensor for each column, to be named {@code col_0} and so on; on success
   *     they are the result's, on failure the caller's
   * @return the table, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTableException if a tensor is not acceptable, with every reason
   */
  public ImportedTable adopt(MemorySegment... data) {
    return adopt(null, columns(data), false);
  }

  /**
   * Adopts a table of numbers, or calls all deleters.
   *
   * @param schema what it must be like
   * @param data a managed tensor for each column; taken from the caller in any case, unless they
   *     lead to no struct with a deleter that could be called
   * @return the table, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTableException if it is not so, or a tensor is not acceptable, with every
   *     reason, and who owns the tensors now
   */
  public ImportedTable adoptOrDiscard(Schema schema, MemorySegment... data) {
    return adopt(schema, columns(data), true);
  }

  /**
   * Adopts a table, or calls all deleters.
   *
   * @param schema what it must be like
   * @param columns the managed tensors of each column; taken from the caller in any case, unless
   *     they lead to no struct with a deleter that could be called
   * @return the table, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTableException if it is not so, or a tensor is not acceptable, with every
   *     reason, and who owns the tensors now
   */
  public ImportedTable adoptOrDiscard(Schema schema, List<ManagedColumn> columns) {
    return adopt(schema, columns.toArray(ManagedColumn[]::new), true);
  }

  /**
   * Adopts a table of whatever numbers there are, or calls all deleters.
   *
   * @param data a managed tensor for each column, to be named {@code col_0} and so on; taken from
   *     the caller in any case, unless they lead to no struct with a deleter that could be called
   * @return the table, to be closed by the caller, on this thread unless it is shared
   * @throws RefusedTableException if a tensor is not acceptable, with every reason, and who owns
   *     the tensors now
   */
  public ImportedTable adoptOrDiscard(MemorySegment... data) {
    return adopt(null, columns(data), true);
  }

  private static ManagedColumn[] columns(MemorySegment... data) {
    ManagedColumn[] columns = new ManagedColumn[data.length];
    Arrays.setAll(columns, i -> ManagedColumn.of(data[i]));
    return columns;
  }

  /** Takes columns that nobody else can change. */
  private ImportedTable adopt(@Nullable Schema schema, ManagedColumn[] columns, boolean orDiscard) {
    try {
      return adoptAll(schema, columns);
    } catch (RefusedTableException e) {
      throw counted(orDiscard ? discarded(e, List.of(columns)) : e);
    } catch (Throwable e) {
      int ignored = orDiscard ? TableAdoption.discardAll(settings, List.of(columns)) : 0;
      throw e;
    }
  }

  private RefusedTableException discarded(RefusedTableException e, List<ManagedColumn> columns) {
    int left = TableAdoption.discardAll(settings, columns);
    return new RefusedTableException(
        e.violations(),
        left == 0
            ? "All tensors have been discarded"
            : left + " cannot be discarded and are still the caller's; the others have been");
  }

  private static RefusedTableException counted(RefusedTableException refusal) {
    ImportCounts.refusedTable(refusal.codes(), refusal.tensorCodes());
    if (Flight.AVAILABLE) {
      List<Object> codes = new ArrayList<>(refusal.codes());
      codes.addAll(refusal.tensorCodes());
      RefusalEvent.report(0, codes, refusal);
    }
    return refusal;
  }

  private ImportedTable adoptAll(@Nullable Schema schema, ManagedColumn[] columns) {
    Arena given = settings.arena;
    if (given != null) {
      return adoption(given, columns).adopt(schema, columns, null);
    }
    Arena own = settings.shared ? Arena.ofShared() : Arena.ofConfined();
    try {
      return adoption(own, columns).adopt(schema, columns, new Hold(own));
    } catch (Throwable e) {
      own.close(); // which ends segments that nobody has seen, and nothing else
      throw e;
    }
  }

  private TableAdoption adoption(Arena arena, ManagedColumn[] columns) {
    return new TableAdoption(settings, policies, arena, columns.length);
  }

  /** What was asked for. Never changed once an importer has it. */
  static final class Settings {
    Flavour flavour = Flavour.VERSIONED;
    ImportPolicy policy = ImportPolicy.DEFAULT;
    boolean shared;
    @Nullable Arena arena;
    OptionalLong rows = OptionalLong.empty();
    boolean allOffsets;
    Map<String, Set<Reinterpretation>> reinterpretations = new HashMap<>();

    Settings() {}

    Settings(Settings other) {
      flavour = other.flavour;
      policy = other.policy;
      shared = other.shared;
      arena = other.arena;
      rows = other.rows;
      allOffsets = other.allOffsets;
      reinterpretations = new HashMap<>(other.reinterpretations);
    }
  }
}
