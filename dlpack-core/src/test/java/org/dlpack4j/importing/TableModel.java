package org.dlpack4j.importing;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlpack4j.DataType;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.internal.ProcessMemory;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a table's import once more, as plainly as they can be said, with nothing shared with
 * the code that it judges but the reading of fields: what is wrong with which column, as lines such
 * as {@code LENGTH p.x data}.
 */
final class TableModel {

  /** A column with its tensors, as far as they are acceptable by themselves. */
  record Node(
      Field field,
      String path,
      ManagedColumn managed,
      @Nullable TableModelTensor data,
      @Nullable TableModelTensor offsets,
      @Nullable TableModelTensor sizes,
      @Nullable TableModelTensor validity,
      List<Node> children) {

    Form form() {
      return field.type().form();
    }
  }

  private static final Set<Form> WITH_DATA =
      EnumSet.of(
          Form.FLAT,
          Form.FIXED_BYTES,
          Form.BITS,
          Form.VARIABLE_BYTES,
          Form.DICTIONARY,
          Form.SPARSE_UNION,
          Form.DENSE_UNION);
  private static final Set<Form> WITH_OFFSETS =
      EnumSet.of(Form.VARIABLE_BYTES, Form.LIST, Form.LIST_VIEW, Form.DENSE_UNION);

  private static final Set<Integer> HOST = Set.of(1, 3, 11, 13);

  private final FuzzedOptions options;
  final List<Node> nodes = new ArrayList<>();
  final List<TableModelTensor> tensors = new ArrayList<>();

  /** What is certainly wrong, but for tensors that lie in the same place. */
  final Set<String> wrong = new LinkedHashSet<>();

  /** What may be said to be wrong or not, as it depends on memory that a test cannot read. */
  final Set<String> open = new LinkedHashSet<>();

  final BigInteger rows;

  /** The paths of columns that may lie where others of them do. */
  private final Set<String> dictionaries = new LinkedHashSet<>();

  /** Without a schema the columns are of any numbers. */
  TableModel(FuzzedOptions options, @Nullable Schema schema, List<ManagedColumn> columns) {
    this.options = options;
    if (schema != null && schema.fields().size() != columns.size()) {
      add(Code.COLUMN_COUNT, "", Part.COLUMN);
    }
    for (int i = 0; i < columns.size(); i++) {
      if (schema == null) {
        nodes.add(number("col_" + i, columns.get(i)));
      } else if (i < schema.fields().size()) {
        Field field = schema.fields().get(i);
        nodes.add(node(field, field.name(), columns.get(i)));
      }
    }
    rows =
        options.rows().isPresent()
            ? BigInteger.valueOf(options.rows().getAsLong())
            : length(nodes).orElse(BigInteger.ZERO);
    nodes.forEach(node -> new TableModelLengths(this, options).check(node, rows));
    findDuplicates();
  }

  void add(Code code, String path, Part part) {
    wrong.add(code + " " + path + " " + part);
  }

  private Node number(String name, ManagedColumn managed) {
    ImportPolicy policy = options.policy().ndim(1, 1);
    TableModelTensor data = tensor(name, Part.DATA, managed.data(), policy, null);
    Field any = Field.number(name, data == null ? DataType.INT8 : data.type());
    return new Node(any, name, managed, data, null, null, null, List.of());
  }

  private Node node(Field field, String path, ManagedColumn managed) {
    Form form = field.type().form();
    ImportPolicy any = options.policy().ndim(1, 1).anyDataType();
    ImportPolicy dense = any.requireContiguous();
    ImportPolicy ofData =
        switch (form) {
          case FIXED_BYTES -> any.ndim(2, 2);
          case VARIABLE_BYTES, BITS -> dense;
          default -> any;
        };
    TableModelTensor data = null;
    if (WITH_DATA.contains(form)) {
      data = tensor(path, Part.DATA, managed.data(), ofData, field);
    } else {
      requireNone(path, Part.DATA, managed.data());
    }
    TableModelTensor offsets = null;
    ImportPolicy places = dense.onlyDataTypes(DataType.INT32, DataType.INT64);
    if (WITH_OFFSETS.contains(form)) {
      offsets = tensor(path, Part.OFFSETS, managed.offsets(), places, null);
    } else {
      requireNone(path, Part.OFFSETS, managed.offsets());
    }
    TableModelTensor sizes = null;
    if (form == Form.LIST_VIEW) {
      sizes = tensor(path, Part.SIZES, managed.sizes(), places, null);
    } else {
      requireNone(path, Part.SIZES, managed.sizes());
    }
    TableModelTensor validity = null;
    if (!field.nullable()) {
      requireNone(path, Part.VALIDITY, managed.validity());
    } else if (managed.validity().address() != 0) {
      ImportPolicy policy = dense.onlyDataTypes(DataType.UINT8);
      validity = tensor(path, Part.VALIDITY, managed.validity(), policy, null);
    }
    if (managed.skip() < 0 || managed.skip() > 7) {
      add(Code.SKIP, path, Part.VALIDITY);
    }
    List<Node> children = children(field, path, managed);
    if (form == Form.DICTIONARY) {
      children.forEach(child -> dictionaries.add(child.path));
    }
    return new Node(field, path, managed, data, offsets, sizes, validity, children);
  }

  private List<Node> children(Field field, String path, ManagedColumn managed) {
    int wanted = field.children().size();
    int given = managed.children().size();
    if (wanted != given) {
      add(Code.COLUMN_COUNT, path, Part.COLUMN);
    }
    List<Node> children = new ArrayList<>();
    for (int i = 0; i < wanted && i < given; i++) {
      Field child = field.children().get(i);
      children.add(node(child, path + "." + child.name(), managed.children().get(i)));
    }
    return children;
  }

  private void requireNone(String path, Part part, MemorySegment pointer) {
    if (pointer.address() != 0) {
      add(Code.UNEXPECTED_TENSOR, path, part);
    }
  }

  private @Nullable TableModelTensor tensor(
      String path, Part part, MemorySegment pointer, ImportPolicy policy, @Nullable Field field) {
    long address = pointer.address();
    if (address == 0) {
      add(Code.MISSING_TENSOR, path, part);
      return null;
    }
    boolean probing = policy.rules().probing;
    Snapshot read = FuzzedTensor.snapshot(address, options.flavour(), policy, probing);
    ImportModel model = new ImportModel(read, policy.rules());
    if (!model.accepts() || (probing && leadsNowhere(read, model))) {
      add(Code.TENSOR, path, part);
      return null;
    }
    DataType found =
        new DataType(read.dtype & 0xFF, read.dtype >> 8 & 0xFF, read.dtype >> 16 & 0xFFFF);
    DataType type = field == null ? found : field.storage().orElseThrow();
    TableModelTensor tensor = new TableModelTensor(path, part, address, read, model, type);
    if (field != null && !found.equals(type) && !mayBeTakenFor(tensor, found, field)) {
      add(Code.DATA_TYPE, path, part);
      return null;
    }
    tensors.add(tensor);
    return tensor;
  }

  private static boolean leadsNowhere(Snapshot read, ImportModel model) {
    if (model.isEmpty() || !HOST.contains(read.deviceType)) {
      return false;
    }
    BigInteger low = model.firstElement().add(model.lowByte());
    BigInteger last = model.firstElement().add(model.endByte()).subtract(BigInteger.ONE);
    return !ProcessMemory.isReadable(low.longValueExact())
        || !ProcessMemory.isReadable(last.longValueExact());
  }

  private boolean mayBeTakenFor(TableModelTensor tensor, DataType found, Field field) {
    DataType wanted = tensor.type();
    boolean sameBits = found.bits() * found.lanes() == wanted.bits() * wanted.lanes();
    // A padded number keeps its gap, which another number of bits would not have.
    boolean sameGaps = !tensor.isPadded() || found.bits() == wanted.bits();
    BigInteger alignment = BigInteger.valueOf(wanted.alignment());
    boolean aligned =
        options.policy().rules().unaligned
            || tensor.model().isEmpty()
            || !tensor.model().hasAddresses()
            || tensor.model().firstElement().mod(alignment).signum() == 0;
    return sameBits
        && sameGaps
        && aligned
        && options.reinterpretations(tensor.path()).stream()
            .anyMatch(how -> allows(how, found, field));
  }

  private static boolean allows(Reinterpretation how, DataType found, Field field) {
    DataType wanted = field.storage().orElseThrow();
    return switch (how) {
      case SIGNEDNESS -> isInteger(found) && isInteger(wanted);
      case SYMBOL_IDS -> isInteger(found) && field.type() instanceof LogicalType.Symbol;
      case BYTES_AS_BOOL -> Set.of(found, wanted).equals(Set.of(DataType.UINT8, DataType.BOOL));
      case BITS -> true;
    };
  }

  private static boolean isInteger(DataType type) {
    return type.code() < 2 && type.lanes() == 1;
  }

  /** As the first says that is not as long as it needs to be. */
  static Optional<BigInteger> length(List<Node> nodes) {
    return nodes.stream().map(TableModel::length).flatMap(Optional::stream).findFirst();
  }

  /** Empty if nothing says it, or what would say it is refused. */
  static Optional<BigInteger> length(Node node) {
    Optional<BigInteger> given =
        node.managed.rows().map(range -> BigInteger.valueOf(range.count()));
    return switch (node.form()) {
      case FLAT, FIXED_BYTES, DICTIONARY, SPARSE_UNION ->
          Optional.ofNullable(node.data).map(TableModelTensor::length);
      case VARIABLE_BYTES, LIST ->
          Optional.ofNullable(node.offsets)
              .map(offsets -> offsets.length().subtract(BigInteger.ONE).max(BigInteger.ZERO));
      case LIST_VIEW, DENSE_UNION ->
          Optional.ofNullable(node.offsets).map(TableModelTensor::length);
      case BITS, RUNS -> given;
      case STRUCT -> given.or(() -> length(node.children));
      case FIXED_LIST -> {
        BigInteger size = BigInteger.valueOf(((LogicalType.FixedListOf) node.field.type()).size());
        yield given.isPresent() || size.signum() == 0
            ? given
            : length(node.children).map(n -> n.divide(size));
      }
    };
  }

  private boolean isOfDictionary(TableModelTensor tensor) {
    return dictionaries.stream().anyMatch(path -> (tensor.path() + ".").startsWith(path + "."));
  }

  private void findDuplicates() {
    for (int i = 0; i < tensors.size(); i++) {
      long pointer = tensors.get(i).pointer();
      long before =
          tensors.subList(0, i).stream().filter(tensor -> tensor.pointer() == pointer).count();
      if (before == 1) { // said once, of the second one
        add(Code.DUPLICATE, tensors.get(i).path(), tensors.get(i).part());
      }
    }
  }

  /** Whether two tensors share a byte that one of them may write: must, must not, or may. */
  boolean mustOverlap() {
    return anyPair((a, b) -> a.isSmall() && b.isSmall() && sharesBytes(a, b));
  }

  boolean mayOverlap() {
    return anyPair(
        (a, b) -> !(a.isSmall() && b.isSmall() && a.isEvenlySpaced(b)) || sharesBytes(a, b));
  }

  private interface Pair {
    boolean test(TableModelTensor one, TableModelTensor other);
  }

  private boolean anyPair(Pair pair) {
    for (int i = 0; i < tensors.size(); i++) {
      for (TableModelTensor other : tensors.subList(0, i)) {
        TableModelTensor one = tensors.get(i);
        boolean written = !one.model().isReadOnly() || !other.model().isReadOnly();
        if (written
            && one.pointer() != other.pointer()
            && !(isOfDictionary(one) && isOfDictionary(other))
            && one.meets(other)
            && pair.test(one, other)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean sharesBytes(TableModelTensor one, TableModelTensor other) {
    Set<BigInteger> shared = one.bytes();
    shared.retainAll(other.bytes());
    return !shared.isEmpty();
  }
}
