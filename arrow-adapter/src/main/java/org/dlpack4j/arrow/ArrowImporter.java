package org.dlpack4j.arrow;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.VectorFields.Fitted;
import org.dlpack4j.arrow.extension.FixedShapeTensorVector;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedColumn;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTableException;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.ManagedColumn;
import org.jspecify.annotations.Nullable;

/**
 * Makes vectors of foreign tensors where they lie. The deleter of a tensor is called when the last
 * buffer over it goes, on the thread that lets it go.
 *
 * <p>Arrow's vectors can be written, so what must not be written is refused; and their elements lie
 * one after the other, so what has gaps is refused, unless {@link #copyingIfNeeded} is asked for.
 * If an import throws, whatever it throws, the tensor is with whom it was before, and the allocator
 * as it was.
 */
public final class ArrowImporter {

  private final BufferAllocator allocator;
  private final TensorImporter tensors;

  /** Of tensors whose dimensions may lie in another order. */
  private final TensorImporter permuted;

  private final TableImporter tables;
  private final @Nullable MapDictionaryProvider dictionaries;

  private final ImportPolicy policy;
  private final @Nullable AllocatedCopies copies;

  /** Batch after batch has the same schema, most of the time. */
  private volatile @Nullable Converted last;

  /**
   * What a table must be like.
   *
   * @param from as Arrow says it
   * @param to as tables say it
   */
  private record Converted(Schema from, org.dlpack4j.table.Schema to) {}

  private ArrowImporter(
      BufferAllocator allocator,
      TensorImporter tensors,
      TableImporter tables,
      ImportPolicy policy,
      @Nullable AllocatedCopies copies,
      @Nullable MapDictionaryProvider dictionaries) {
    boolean inPlace = copies == null;
    ImportPolicy permutable = inPlace ? policy.requireWritable() : policy.allowUnaligned();
    ImportPolicy arrows = inPlace ? permutable.requireContiguous() : permutable;
    this.allocator = allocator;
    this.tensors = tensors.with(arrows.ndim(1, ImportPolicy.MAX_NDIM));
    this.permuted = tensors.with(permutable.ndim(1, ImportPolicy.MAX_NDIM));
    this.tables = tables.with(arrows);
    this.policy = policy;
    this.copies = copies;
    this.dictionaries = dictionaries;
  }

  /**
   * Imports {@code DLManagedTensorVersioned}.
   *
   * @param allocator whose memory the tensors are to be; the caller's to close, after the vectors
   * @return the importer
   */
  public static ArrowImporter versioned(BufferAllocator allocator) {
    return new ArrowImporter(
        allocator,
        TensorImporter.versioned(),
        TableImporter.versioned(),
        ImportPolicy.DEFAULT,
        null,
        null);
  }

  /**
   * Imports {@code DLManagedTensor}, of which nobody can know whether it may be written.
   *
   * @param allocator whose memory the tensors are to be; the caller's to close, after the vectors
   * @return the importer, for tensors that the caller knows to be writable
   */
  public static ArrowImporter legacy(BufferAllocator allocator) {
    return new ArrowImporter(
        allocator,
        TensorImporter.legacy(),
        TableImporter.legacy(),
        ImportPolicy.DEFAULT.assumeWritable(),
        null,
        null);
  }

  /**
   * The same with another policy, such as one that looks for unmapped pointers.
   *
   * @param policy what else to ask of tensors; legacy ones are read-only unless it assumes that
   *     they are writable
   * @return another importer
   */
  public ArrowImporter with(ImportPolicy policy) {
    return new ArrowImporter(allocator, tensors, tables, policy, copies, dictionaries);
  }

  /**
   * The same, which copies into the allocator's memory what no vector can lie on: what has gaps or
   * lies in another order, must not be written or is not aligned, bits and bitmaps that begin
   * within a byte, and the ends of runs of which the first rows are left out. All else is imported
   * in place. What is copied is counted by {@link #copiedBytes} and by {@link Copies#statistics}.
   * The deleter of a tensor of which nothing is left in place is called during the import.
   *
   * @return another importer, which has copied nothing yet
   */
  public ArrowImporter copyingIfNeeded() {
    return new ArrowImporter(
        allocator, tensors, tables, policy, new AllocatedCopies(allocator), dictionaries);
  }

  /**
   * What {@link #copyingIfNeeded} had to copy: an import that leaves it as it was made no copy.
   *
   * @return the bytes that this importer, and those that {@link #with} made of it, have copied; 0
   *     for one that never copies
   */
  public long copiedBytes() {
    return copies == null ? 0 : copies.bytes();
  }

  /**
   * The same, for record batches with dictionaries: fields that have one are of its values' type,
   * as in Arrow's messages, see {@link
   * org.apache.arrow.vector.util.DictionaryUtility#toMessageFormat}. Without this they are of their
   * indices' type, and there is no dictionary.
   *
   * @param provider what gets the dictionaries of one import, to be closed by the caller; on
   *     failure it is as it was
   * @return another importer
   */
  public ArrowImporter withDictionaries(MapDictionaryProvider provider) {
    return new ArrowImporter(allocator, tensors, tables, policy, copies, provider);
  }

  /**
   * The same, for record batches of which every offset, size, type id and index is looked at, and
   * not the first and the last alone, see {@link TableImporter#checkingAllOffsets}.
   *
   * @return another importer
   */
  public ArrowImporter checkingAllOffsets() {
    return new ArrowImporter(
        allocator, tensors, tables.checkingAllOffsets(), policy, copies, dictionaries);
  }

  /**
   * Makes a vector of numbers, or of lists of one length if there are more dimensions than one.
   * Bools and bfloat16 become vectors of the types in {@link org.dlpack4j.arrow.extension}.
   *
   * @param name of the vector's field
   * @param managed the managed tensor; on success the vector's, on failure the caller's
   * @return the vector, to be closed by the caller
   * @throws RefusedTensorException if it is not so, or not acceptable
   * @throws RefusedVectorException if Arrow has no type for its numbers
   */
  public FieldVector importVector(String name, MemorySegment managed) {
    return imported(tensors.adopt(managed), view -> VectorFields.of(name, view));
  }

  /**
   * Makes a vector of a type, such as of timestamps.
   *
   * @param field what it is to be; of as many dimensions as the tensor
   * @param managed the managed tensor; on success the vector's, on failure the caller's
   * @return the vector, to be closed by the caller
   * @throws RefusedTensorException if it is not so, or not acceptable
   * @throws RefusedVectorException if the tensor has other numbers or another shape
   */
  public FieldVector importVector(Field field, MemorySegment managed) {
    TensorImporter importer = VectorFields.isPermuted(field) ? permuted : tensors;
    return imported(importer.adopt(managed), view -> VectorFields.checked(field, view));
  }

  /**
   * Makes a vector of which each row is a tensor, of one dimension less than there are. Those may
   * lie in any order without gaps, which the vector's type then says.
   *
   * @param name of the vector's field
   * @param managed the managed tensor; on success the vector's, on failure the caller's
   * @return the vector, to be closed by the caller
   * @throws RefusedTensorException if it is not so, or not acceptable
   * @throws RefusedVectorException if Arrow has no type for its numbers, or there are gaps
   */
  public FixedShapeTensorVector importTensorVector(String name, MemorySegment managed) {
    return (FixedShapeTensorVector)
        imported(permuted.adopt(managed), view -> VectorFields.ofTensors(name, view));
  }

  /**
   * Makes a record batch of a table.
   *
   * @param schema what the table must be like, in every column; of unions with their type ids
   * @param columns the managed tensors of each column; on success the root's, on failure the
   *     caller's
   * @return the record batch, to be closed by the caller
   * @throws RefusedTableException if it is not so, or a tensor is not acceptable, with every reason
   * @throws RefusedVectorException if Arrow cannot have it so
   */
  public VectorSchemaRoot importRoot(Schema schema, List<ManagedColumn> columns) {
    MapDictionaryProvider provider = dictionaries;
    ImportedTable table = tables.adopt(converted(schema), columns);
    ImportedDictionaries found =
        new ImportedDictionaries(provider == null ? new MapDictionaryProvider() : provider);
    List<FieldVector> vectors = new ArrayList<>(columns.size());
    try (WrappedVectors wrapped =
        new WrappedVectors(allocator, copies, provider == null ? null : found)) {
      wrapped.addAll(schema.getFields(), described(table), vectors);
      VectorSchemaRoot root =
          new VectorSchemaRoot(
              provider == null ? schema : DictionaryFields.inMemory(schema),
              vectors,
              (int) table.rows());
      wrapped.giveOwner(table.intoOwner());
      found.keep();
      return root;
    } catch (Throwable e) {
      vectors.forEach(FieldVector::close);
      found.close();
      List<ManagedColumn> ignored = table.transferOut();
      throw e;
    }
  }

  @SuppressWarnings("ReferenceEquality") // To look whether others are equal takes as long.
  private org.dlpack4j.table.Schema converted(Schema schema) {
    Converted known = last;
    if (known == null || known.from != schema) {
      known = new Converted(schema, ColumnFields.of(schema, dictionaries != null));
      last = known;
    }
    return known.to;
  }

  private static List<Column> described(ImportedTable table) {
    List<Column> columns = new ArrayList<>(table.columns().size());
    for (ImportedColumn column : table.columns()) {
      columns.add(column.column());
    }
    return columns;
  }

  private FieldVector imported(ImportedTensor tensor, Function<TensorView, Fitted> fit) {
    FieldVector vector = null;
    try (WrappedVectors wrapped = new WrappedVectors(allocator, copies, null)) {
      Fitted fitted = fit.apply(tensor.view());
      if (copies == null) {
        requireRowAfterRow(fitted);
      }
      vector = wrapped.of(fitted.field(), fitted.view());
      wrapped.giveOwner(tensor.intoOwner());
      return vector;
    } catch (Throwable e) {
      if (vector != null) {
        vector.close();
      }
      MemorySegment ignored = tensor.transferOut();
      throw e;
    }
  }

  private static void requireRowAfterRow(Fitted fitted) {
    if (!fitted.view().layout().isContiguous()) {
      throw new RefusedVectorException(
          fitted.field(),
          "expected rows one after the other, and no gaps in them, but found %s; import it by copyingIfNeeded"
              .formatted(fitted.view().layout()));
    }
  }
}
