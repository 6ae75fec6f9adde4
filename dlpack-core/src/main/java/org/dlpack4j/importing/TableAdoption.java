package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.dlpack4j.DataType;
import org.dlpack4j.importing.TableImporter.Settings;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to adopt a table: every tensor is examined, then the table as a whole, and only then
 * does any of it become ours, in one step.
 */
final class TableAdoption {

  private static final LogicalType NUMBER = new LogicalType.Numeric();

  private final Settings settings;
  private final TensorPolicies policies;
  private final Arena arena;

  /** All of the address space, for as long as the table is held. */
  private final MemorySegment everything;

  private final List<TableViolation> violations = new ArrayList<>();
  private final Aliasing aliasing;
  private final ForeignTensors foreign;
  private final PlainVector plain;

  /** Those of the tensor before, which most have as well. */
  private long[] dimensions = {};

  TableAdoption(Settings settings, TensorPolicies policies, Arena arena, int columns) {
    this.settings = settings;
    this.policies = policies;
    this.arena = arena;
    this.everything = Memory.everything(arena);
    // Of columns that have one tensor each, as most have.
    this.aliasing = new Aliasing(columns);
    this.foreign = new ForeignTensors(columns);
    this.plain = new PlainVector(settings.flavour, policies.data(Form.FLAT, true));
  }

  /**
   * Makes the table.
   *
   * @param hold how the table is to be held; null if the arena is going to end it
   */
  ImportedTable adopt(@Nullable Schema schema, ManagedColumn[] managed, @Nullable Hold hold) {
    List<ImportedColumn> columns = examine(schema, managed);
    long rows = new TableLengths(settings, violations).check(columns);
    aliasing.find(columns, violations);
    if (!violations.isEmpty()) {
      throw new RefusedTableException(
          violations, "All tensors are still the caller's, to delete or discard");
    }
    if (Flight.AVAILABLE) {
      ImportEvent.reportIfOn(columns);
    }
    ImportedTable table = new ImportedTable(rows, columns, foreign, hold);
    if (hold == null) {
      // The last step: from here on the tensors are the arena's.
      Memory.foreign(0, 0, true, arena, foreign::end);
    }
    foreign.countBegun();
    return table;
  }

  private List<ImportedColumn> examine(@Nullable Schema schema, ManagedColumn[] managed) {
    Examination examination = Examination.take();
    try {
      return List.of(
          schema == null
              ? numbers(examination, managed)
              : columns(examination, schema.fields(), managed));
    } finally {
      examination.giveBack();
    }
  }

  private ImportedColumn[] numbers(Examination examination, ManagedColumn[] managed) {
    ImportedColumn[] columns = new ImportedColumn[managed.length];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = number(examination, "col_" + i, managed[i]);
    }
    return columns;
  }

  private ImportedColumn[] columns(
      Examination examination, List<Field> fields, ManagedColumn[] managed) {
    if (fields.size() != managed.length) {
      add(Code.COLUMN_COUNT, "", Part.COLUMN, fields.size() + " columns", managed.length);
    }
    ImportedColumn[] columns = new ImportedColumn[Math.min(fields.size(), managed.length)];
    for (int i = 0; i < columns.length; i++) {
      Field field = fields.get(i);
      columns[i] = column(examination, field.name(), field, managed[i]);
    }
    return columns;
  }

  private ImportedColumn number(Examination examination, String name, ManagedColumn managed) {
    ImportPolicy policy = policies.data(Form.FLAT, false);
    ImportedTensor data = tensor(examination, name, Part.DATA, managed.data(), policy, null);
    return new ImportedColumn(name, NUMBER, managed, data, null, null, null, List.of());
  }

  private ImportedColumn column(
      Examination examination, String path, Field field, ManagedColumn managed) {
    Form form = field.type().form();
    ImportedTensor data =
        form.hasData()
            ? data(examination, path, managed.data(), form, field)
            : none(path, Part.DATA, managed.data(), field);
    ImportedTensor offsets =
        form.hasOffsets()
            ? tensor(examination, path, Part.OFFSETS, managed.offsets(), policies.offsets, null)
            : none(path, Part.OFFSETS, managed.offsets(), field);
    ImportedTensor sizes =
        form.hasSizes()
            ? tensor(examination, path, Part.SIZES, managed.sizes(), policies.offsets, null)
            : none(path, Part.SIZES, managed.sizes(), field);
    ImportedTensor validity =
        field.nullable() && managed.validity().address() != 0
            ? tensor(examination, path, Part.VALIDITY, managed.validity(), policies.validity, null)
            : none(path, Part.VALIDITY, managed.validity(), field);
    if (managed.skip() < 0 || managed.skip() >= Byte.SIZE) {
      add(Code.SKIP, path, Part.VALIDITY, "0 to 7 bits to skip", managed.skip());
    }
    List<ImportedColumn> children = children(examination, path, field, managed.children());
    return new ImportedColumn(
        field.name(), field.type(), managed, data, offsets, sizes, validity, children);
  }

  private List<ImportedColumn> children(
      Examination examination, String path, Field field, List<ManagedColumn> managed) {
    List<Field> fields = field.children();
    if (fields.size() != managed.size()) {
      add(Code.COLUMN_COUNT, path, Part.COLUMN, fields.size() + " children", managed.size());
    }
    if (fields.isEmpty()) {
      return List.of();
    }
    List<ImportedColumn> children = new ArrayList<>();
    for (int i = 0; i < Math.min(fields.size(), managed.size()); i++) {
      Field child = fields.get(i);
      children.add(column(examination, path + "." + child.name(), child, managed.get(i)));
    }
    return Collections.unmodifiableList(children);
  }

  /** There must not be one. */
  private @Nullable ImportedTensor none(
      String path, Part part, MemorySegment pointer, Field field) {
    if (pointer.address() != 0) {
      String expected = "NULL, as there is none in " + field;
      add(Code.UNEXPECTED_TENSOR, path, part, expected, "0x" + hex(pointer));
    }
    return null;
  }

  private static String hex(MemorySegment pointer) {
    return Long.toHexString(pointer.address());
  }

  /** Null if it is refused. */
  private @Nullable ImportedTensor data(
      Examination examination, String path, MemorySegment pointer, Form form, Field field) {
    if (form == Form.FLAT && plain.read(pointer.address(), field.storage().orElseThrow())) {
      if (!plain.hasDimensions(dimensions)) {
        dimensions = plain.dimensions();
      }
      return add(new TableTensor(plain, dimensions, everything));
    }
    return tensor(examination, path, Part.DATA, pointer, policies.data(form, true), field);
  }

  /** Null if it is refused. */
  private @Nullable ImportedTensor tensor(
      Examination examination,
      String path,
      Part part,
      MemorySegment pointer,
      ImportPolicy policy,
      @Nullable Field field) {
    if (pointer.address() == 0) {
      add(Code.MISSING_TENSOR, path, part, "a managed tensor", "NULL");
      return null;
    }
    List<Violation> found = examination.violations(pointer.address(), settings.flavour, policy);
    found.forEach(violation -> violations.add(new TableViolation(path, part, violation)));
    if (!found.isEmpty() || (field != null && !hasTypeOf(field, path, examination))) {
      return null;
    }
    if (!examination.tensor.hasDimensions(dimensions)) {
      dimensions = examination.tensor.dimensions();
    }
    return add(new TableTensor(examination, dimensions, everything));
  }

  private ImportedTensor add(ImportedTensor tensor) {
    aliasing.add(tensor);
    foreign.add(tensor);
    return tensor;
  }

  /** Whether data is what the field says; taken to be so where that was asked for. */
  private boolean hasTypeOf(Field field, String path, Examination examination) {
    Snapshot tensor = examination.tensor;
    DataType wanted = field.storage().orElseThrow();
    DataType found = tensor.dataType();
    if (found.equals(wanted)) {
      return true;
    }
    if (isSpacedAlike(tensor, wanted) && isAligned(examination, wanted)) {
      for (Reinterpretation how : settings.reinterpretations.getOrDefault(path, Set.of())) {
        if (how.allows(found, wanted, field)) {
          tensor.takeFor(wanted);
          return true;
        }
      }
    }
    add(Code.DATA_TYPE, path, Part.DATA, field.storage().orElseThrow() + advice(path), found);
    return false;
  }

  /** Lanes of other sizes would have other gaps between them where each fills whole bytes. */
  private static boolean isSpacedAlike(Snapshot tensor, DataType wanted) {
    DataType found = tensor.dataType();
    return found.elementBits() == wanted.elementBits()
        && (!tensor.isPadded() || found.bits() == wanted.bits());
  }

  /** Data that was found to be aligned must still be so. */
  private boolean isAligned(Examination examination, DataType type) {
    return settings.policy.rules().unaligned
        || examination.validation.isEmpty()
        || !examination.tensor.device().hasAddresses()
        || (examination.tensor.firstElement() & (type.alignment() - 1)) == 0;
  }

  private static String advice(String path) {
    return ", or a reinterpretation of " + path + " to be asked for,";
  }

  private void add(Code code, String path, Part part, String expected, Object found) {
    violations.add(new TableViolation(code, path, part, expected, found.toString()));
  }

  /**
   * Calls the deleter of every tensor, once.
   *
   * @return how many lead to no struct with a deleter that could be called
   */
  static int discardAll(Settings settings, List<ManagedColumn> columns) {
    Set<Long> pointers = new LinkedHashSet<>();
    addPointers(columns, pointers);
    pointers.remove(0L);
    int left = 0;
    Examination examination = Examination.take();
    try {
      for (long pointer : pointers) {
        if (!examination.discarded(pointer, settings.flavour, settings.policy).isEmpty()) {
          left++;
        }
      }
    } finally {
      examination.giveBack();
    }
    return left;
  }

  private static void addPointers(List<ManagedColumn> columns, Set<Long> pointers) {
    for (ManagedColumn column : columns) {
      pointers.add(column.data().address());
      pointers.add(column.offsets().address());
      pointers.add(column.sizes().address());
      pointers.add(column.validity().address());
      addPointers(column.children(), pointers);
    }
  }
}
