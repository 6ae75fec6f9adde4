package org.dlpack4j.arrow;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.arrow.union.RootFields;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;

/**
 * Exports vectors where they lie. An export holds one reference on each buffer until its consumer
 * is done, and the vector may be closed at once; only its allocator must stay, see {@link
 * ArrowExports#awaitReleased}.
 *
 * <p>Nothing is copied, expanded or filled unless the name of a method says so. If an export
 * throws, whatever it throws, nothing is retained. The consumer sees what the vector's buffers have
 * at the moment; whoever goes on writing to them answers for it.
 */
public final class ArrowExporter {

  private static final ArrowExporter VERSIONED = new ArrowExporter(Flavour.VERSIONED, false, null);
  private static final ArrowExporter LEGACY = new ArrowExporter(Flavour.LEGACY, false, null);

  private final Flavour flavour;
  private final boolean decimalsAsBytes;
  private final @Nullable DictionaryProvider dictionaries;

  private ArrowExporter(
      Flavour flavour, boolean decimalsAsBytes, @Nullable DictionaryProvider dictionaries) {
    this.flavour = flavour;
    this.decimalsAsBytes = decimalsAsBytes;
    this.dictionaries = dictionaries;
  }

  /**
   * Exports {@code DLManagedTensorVersioned}.
   *
   * @return the exporter
   */
  public static ArrowExporter versioned() {
    return VERSIONED;
  }

  /**
   * Exports {@code DLManagedTensor}, for consumers from before DLPack 1.0.
   *
   * @return the exporter
   */
  public static ArrowExporter legacy() {
    return LEGACY;
  }

  /**
   * The same, for decimals of 128 or 256 bits: as 16 or 32 bytes a row, the lowest first, as few
   * consumers know numbers so large.
   *
   * @return another exporter
   */
  public ArrowExporter withDecimalsAsBytes() {
    return new ArrowExporter(flavour, true, dictionaries);
  }

  /**
   * The same, for columns and record batches of indices: each with its dictionary beside it.
   * Without this the indices are columns of numbers.
   *
   * @param provider what has the dictionaries
   * @return another exporter
   */
  public ArrowExporter withDictionaries(DictionaryProvider provider) {
    return new ArrowExporter(flavour, decimalsAsBytes, provider);
  }

  /**
   * Exports a vector as one tensor: numbers, dates and times of one dimension; bytes of one width
   * and lists of one length of one dimension more.
   *
   * @param vector what the consumer sees; without nulls
   * @return the exported tensor, held by the caller
   * @throws RefusedVectorException if it is not one tensor, or has nulls
   */
  public ExportedTensor export(FieldVector vector) {
    BufferViews buffers = new BufferViews();
    TensorView view = VectorTensor.of(vector, buffers, decimalsAsBytes);
    return export(view, buffers, vector.getName());
  }

  /**
   * Exports a vector of bits as bytes, each of which has eight rows, the first one lowest.
   *
   * @param vector what the consumer sees; without nulls
   * @return the exported tensor, held by the caller
   * @throws RefusedVectorException if it has nulls
   */
  public ExportedTensor exportPacked(BitVector vector) {
    BufferViews buffers = new BufferViews();
    TensorView view = VectorTensor.packed(vector, buffers);
    return export(view, buffers, vector.getName());
  }

  /**
   * Exports a copy of a vector of bits, as a boolean of eight bits a row.
   *
   * @param vector what is copied; without nulls
   * @return the exported tensor, held by the caller, flagged as copied
   * @throws RefusedVectorException if it has nulls
   */
  public ExportedTensor exportUnpacked(BitVector vector) {
    return export(VectorCopies.unpacked(vector));
  }

  /**
   * Exports which rows are not null, as a copy with a boolean of eight bits a row.
   *
   * @param vector of any type that can be a column and has nulls of its own
   * @return the exported tensor, held by the caller, flagged as copied
   * @throws RefusedVectorException if it is of another type
   */
  public ExportedTensor exportValidity(FieldVector vector) {
    return export(VectorCopies.validity(vector));
  }

  /**
   * Exports a copy of a vector of numbers in which nulls are something else.
   *
   * @param vector what is copied
   * @param value what to have where it is null, converted to the type of the numbers
   * @return the exported tensor, held by the caller, flagged as copied
   * @throws RefusedVectorException if it is not of numbers
   */
  public ExportedTensor exportFilled(FieldVector vector, Number value) {
    return export(VectorCopies.filled(vector, value));
  }

  /**
   * Exports the columns of a record batch as one matrix, of a row for each row, where they lie.
   *
   * @param root of numbers of one type, without nulls, each column as far from the one before as
   *     the second from the first
   * @return the exported tensor, held by the caller
   * @throws RefusedVectorException if it is not so
   */
  public ExportedTensor exportMatrix(VectorSchemaRoot root) {
    BufferViews buffers = new BufferViews();
    TensorView view = VectorMatrix.inPlace(root, buffers);
    return export(view, buffers, "root");
  }

  /**
   * Exports a copy of the columns of a record batch as one matrix, row-major.
   *
   * @param root of numbers of one type, without nulls
   * @return the exported tensor, held by the caller, flagged as copied
   * @throws RefusedVectorException if it is not so
   */
  public ExportedTensor exportMatrixCopy(VectorSchemaRoot root) {
    return export(
        VectorCopies.matrix(VectorMatrix.columns(root, new BufferViews()), root.getRowCount()));
  }

  private ExportedTensor export(TensorCopy copy) {
    try {
      return flavour == Flavour.VERSIONED ? copy.export() : copy.exportLegacy();
    } catch (Throwable e) {
      copy.close();
      throw e;
    }
  }

  private ExportedTensor export(TensorView view, BufferViews buffers, String what) {
    BufferOwner owner = buffers.owner(what);
    try {
      return flavour == Flavour.VERSIONED
          ? TensorExporter.export(view, owner)
          : TensorExporter.exportLegacy(view, owner);
    } catch (Throwable e) {
      owner.release();
      throw e;
    }
  }

  /**
   * Exports a vector of any type as a table of one column: its data, offsets, sizes and validity,
   * and its children, each a tensor. The validity is there if there are nulls.
   *
   * @param vector what the consumer sees
   * @return the exported table, held by the caller
   * @throws RefusedVectorException if its type cannot be a column, or the provider has no
   *     dictionary for its indices
   */
  public ExportedTable exportColumn(FieldVector vector) {
    return exportTable(
        vector.getName(), vector.getValueCount(), List.of(vector), List.of(vector.getField()));
  }

  /**
   * Exports a record batch as a table.
   *
   * @param root what the consumer sees
   * @return the exported table, held by the caller
   * @throws RefusedVectorException if a type cannot be a column, or the provider has no dictionary
   *     for indices
   */
  public ExportedTable export(VectorSchemaRoot root) {
    return exportTable("root", root.getRowCount(), root.getFieldVectors(), RootFields.of(root));
  }

  private ExportedTable exportTable(
      String what, int rows, List<FieldVector> vectors, List<Field> fields) {
    BufferViews buffers = new BufferViews();
    VectorColumn columns = new VectorColumn(buffers, dictionaries);
    List<Column> found = new ArrayList<>(vectors.size());
    for (int i = 0; i < vectors.size(); i++) {
      found.add(columns.of(vectors.get(i), fields.get(i)));
    }
    Table table = new Table(rows, found);
    BufferOwner owner = buffers.owner(what);
    try {
      return flavour == Flavour.VERSIONED
          ? TableExporter.export(table, owner)
          : TableExporter.exportLegacy(table, owner);
    } catch (Throwable e) {
      owner.release();
      throw e;
    }
  }
}
