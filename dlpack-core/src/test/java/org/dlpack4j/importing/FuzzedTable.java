package org.dlpack4j.importing;

import static org.dlpack4j.importing.FuzzedTensor.usual;
import static org.dlpack4j.table.LogicalType.Interval.Unit.DAY_TIME;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.LogicalType.Union.Mode;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A schema and managed tensors of a fuzzer's bytes, which fit each other but for a field, a pointer
 * or a column now and then.
 */
final class FuzzedTable {

  private static final DataType[] TYPES = {
    DataType.INT8,
    DataType.UINT8,
    DataType.BOOL,
    DataType.INT32,
    DataType.UINT32,
    DataType.FLOAT32,
    DataType.INT64,
    DataType.UINT64,
    DataType.FLOAT64,
    DataType.COMPLEX64,
    DataType.INT4,
    DataType.UINT4,
    new DataType(Code.FLOAT6_E2M3FN, 6, 1),
    new DataType(Code.INT, 4, 2),
    new DataType(Code.INT, 2, 4),
    new DataType(Code.UINT, 4, 3),
    new DataType(Code.INT, 16, 2),
    new DataType(Code.UINT, 12, 1),
    new DataType(Code.INT, 64, 2),
    new DataType(Code.INT, 128, 1),
  };

  private static final DataType[] INDICES = {
    DataType.INT8, DataType.UINT8, DataType.INT16, DataType.INT32, DataType.INT64, DataType.UINT64
  };

  private static final String[] NAMES = {"a", "b", "c", "d"};

  private final FuzzedDataProvider data;
  private final List<FuzzedTensor> made = new ArrayList<>();
  private final boolean withoutSchema;
  private FuzzedOptions options;
  private DataType number = DataType.INT64;
  final @Nullable Schema schema;
  final List<ManagedColumn> columns = new ArrayList<>();

  FuzzedTable(FuzzedDataProvider data) {
    this.data = data;
    long rows = data.consumeInt(0, 9);
    options = FuzzedOptions.of(data, rows);
    withoutSchema = data.consumeByte() > 110;
    List<Field> fields =
        IntStream.range(0, data.consumeInt(0, NAMES.length))
            .mapToObj(i -> withoutSchema ? number(NAMES[i]) : field(NAMES[i], 2))
            .toList();
    for (Field field : fields) {
      columns.add(column(field, field.name(), usual(data) ? rows : data.consumeInt(0, 9)));
    }
    change(columns);
    schema = withoutSchema ? null : new Schema(fields);
    if (isWild()) {
      options = options.probing();
    }
  }

  FuzzedOptions options() {
    return options;
  }

  private Field number(String name) {
    number = data.consumeByte() > 32 ? number : data.pickValue(TYPES);
    return Field.number(name, number);
  }

  private Field field(String name, int depth) {
    Field field =
        switch (data.consumeInt(0, depth > 0 ? 16 : 8)) {
          case 0, 1, 2 -> number(name);
          case 3 -> Field.symbol(name);
          case 4 -> Field.text(name);
          case 5 -> Field.of(name, new LogicalType.Binary(), DataType.UINT8);
          case 6 -> Field.of(name, fixedBinary(), DataType.UINT8);
          case 7 -> Field.of(name, new LogicalType.Bits(), DataType.UINT8);
          case 8 -> Field.of(name, new LogicalType.Interval(DAY_TIME), DataType.UINT8);
          case 9, 10 -> Field.list(name, field("item", depth - 1));
          case 11 -> fixedList(name, depth);
          case 12 -> of(name, new LogicalType.ListViewOf(), field("item", depth - 1));
          case 13 -> indices(name, depth);
          case 14 -> union(name, depth);
          case 15 -> runs(name, depth);
          default -> Field.struct(name, members(depth));
        };
    boolean nullable = data.consumeByte() > 90 && field.type().form().hasValidity();
    return nullable ? field.orNull() : field;
  }

  private Field[] members(int depth) {
    return IntStream.range(0, data.consumeInt(0, 2))
        .mapToObj(i -> field(NAMES[i], depth - 1))
        .toArray(Field[]::new);
  }

  private static Field of(String name, LogicalType type, Field... children) {
    return new Field(name, type, Optional.empty(), false, List.of(children));
  }

  private Field indices(String name, int depth) {
    DataType storage = data.pickValue(INDICES);
    List<Field> values = List.of(field("item", depth - 1));
    return new Field(name, new LogicalType.Dictionary(false), Optional.of(storage), false, values);
  }

  private Field union(String name, int depth) {
    Mode mode = data.consumeBoolean() ? Mode.SPARSE : Mode.DENSE;
    Field[] members = members(depth);
    List<Integer> ids = List.of(7, 0).subList(0, members.length);
    LogicalType type = new LogicalType.Union(mode, ids);
    return new Field(name, type, Optional.of(DataType.INT8), false, List.of(members));
  }

  private Field runs(String name, int depth) {
    DataType storage = data.consumeBoolean() ? DataType.INT16 : DataType.INT64;
    return of(
        name,
        new LogicalType.RunEndEncoded(),
        Field.number("ends", storage),
        field("item", depth - 1));
  }

  private LogicalType fixedBinary() {
    return new LogicalType.FixedBinary(data.consumeInt(0, 3));
  }

  private Field fixedList(String name, int depth) {
    int size = usual(data) ? data.consumeInt(0, 3) : data.consumeInt(0, Integer.MAX_VALUE);
    LogicalType type = new LogicalType.FixedListOf(size);
    return new Field(name, type, Optional.empty(), false, List.of(field("item", depth - 1)));
  }

  private ManagedColumn column(Field field, String path, long rows) {
    ManagedColumn column = withoutNulls(field, path, rows);
    MemorySegment validity = MemorySegment.NULL;
    int skip = 0;
    if (field.nullable() && data.consumeBoolean()) {
      skip = usual(data) ? data.consumeInt(0, 7) : data.consumeInt(-1, 9);
      validity = tensor(DataType.UINT8, (rows + Math.max(skip, 0) + 7) / 8);
    }
    List<ManagedColumn> children = new ArrayList<>(column.children());
    change(children);
    Optional<RowRange> range = column.rows();
    if (!usual(data)) {
      range =
          data.consumeBoolean()
              ? Optional.empty()
              : Optional.of(new RowRange(data.consumeInt(0, 3), data.consumeInt(0, 9)));
    }
    return new ManagedColumn(
        changed(column.data()),
        changed(column.offsets()),
        changed(column.sizes()),
        changed(validity),
        skip,
        range,
        List.copyOf(children));
  }

  private ManagedColumn withoutNulls(Field field, String path, long rows) {
    return switch (field.type()) {
      case LogicalType type when type.form() == Form.FIXED_BYTES ->
          ManagedColumn.of(tensor(DataType.UINT8, rows, type.width()));
      case LogicalType.Bits _ -> bits(rows);
      case LogicalType.ListOf _ -> {
        long elements = data.consumeInt(0, 9);
        MemorySegment offsets = offsets(rows, elements);
        yield ManagedColumn.ofLists(offsets, child(field, 0, path, elements));
      }
      case LogicalType.ListViewOf _ -> views(field, path, rows);
      case LogicalType.FixedListOf fixed -> {
        long elements = rows * Math.min(fixed.size(), 9);
        yield ManagedColumn.ofChildren(child(field, 0, path, elements));
      }
      case LogicalType.Struct _ -> ManagedColumn.ofChildren(children(field, path, rows));
      case LogicalType.Dictionary _ -> indices(field, path, rows);
      case LogicalType.Union union -> union(field, union, path, rows);
      case LogicalType.RunEndEncoded _ -> runs(field, path, rows);
      case LogicalType type when type.form() == Form.VARIABLE_BYTES -> {
        long bytes = data.consumeInt(0, 9);
        MemorySegment offsets = offsets(rows, bytes);
        yield ManagedColumn.ofBytes(offsets, tensor(DataType.UINT8, bytes));
      }
      default -> ManagedColumn.of(tensor(storage(field.storage().orElseThrow(), path), rows));
    };
  }

  private ManagedColumn[] children(Field field, String path, long rows) {
    return IntStream.range(0, field.children().size())
        .mapToObj(i -> child(field, i, path, rows))
        .toArray(ManagedColumn[]::new);
  }

  private ManagedColumn bits(long rows) {
    long first = data.consumeInt(0, 9);
    return ManagedColumn.of(tensor(DataType.UINT8, (first + rows + 7) / 8))
        .withRows(new RowRange(first, rows));
  }

  private ManagedColumn views(Field field, String path, long rows) {
    long elements = data.consumeInt(0, 9);
    long[] starts = numbers(rows, elements);
    MemorySegment offsets = tensor(data.consumeBoolean() ? DataType.INT32 : DataType.INT64, rows);
    made.getLast().write(strange(starts));
    long[] lengths = new long[starts.length];
    Arrays.setAll(lengths, i -> data.consumeInt(0, (int) (elements - starts[i])));
    MemorySegment sizes = tensor(data.consumeBoolean() ? DataType.INT32 : DataType.INT64, rows);
    made.getLast().write(strange(lengths));
    return ManagedColumn.ofListViews(offsets, sizes, child(field, 0, path, elements));
  }

  private ManagedColumn indices(Field field, String path, long rows) {
    long values = data.consumeInt(1, 9);
    MemorySegment indices = tensor(storage(field.storage().orElseThrow(), path), rows);
    made.getLast().write(strange(numbers(rows, values - 1)));
    return ManagedColumn.ofIndices(indices, child(field, 0, path, values));
  }

  private ManagedColumn union(Field field, LogicalType.Union union, String path, long rows) {
    MemorySegment ids = tensor(DataType.INT8, rows);
    long[] types = numbers(rows, Math.max(union.typeIds().size() - 1, 0));
    Arrays.setAll(types, i -> union.typeIds().isEmpty() ? 0 : union.typeIds().get((int) types[i]));
    made.getLast().write(strange(types));
    if (union.mode() == Mode.SPARSE) {
      return ManagedColumn.ofUnion(ids, MemorySegment.NULL, children(field, path, rows));
    }
    long values = data.consumeInt(1, 9);
    MemorySegment offsets = tensor(DataType.INT32, rows);
    made.getLast().write(strange(numbers(rows, values - 1)));
    return ManagedColumn.ofUnion(ids, offsets, children(field, path, values));
  }

  private ManagedColumn runs(Field field, String path, long rows) {
    long runs = rows == 0 ? data.consumeInt(0, 2) : data.consumeInt(1, 9);
    long first = data.consumeInt(0, 3);
    long[] ends = new long[(int) runs];
    long before = 0;
    for (int i = 0; i < ends.length; i++) {
      before += data.consumeInt(1, 3);
      ends[i] = i == ends.length - 1 ? Math.max(before, first + rows) : before;
    }
    MemorySegment places = tensor(field.children().getFirst().storage().orElseThrow(), runs);
    made.getLast().write(strange(ends));
    return ManagedColumn.ofChildren(ManagedColumn.of(places), child(field, 1, path, runs))
        .withRows(new RowRange(first, rows));
  }

  private long[] numbers(long count, long most) {
    return LongStream.range(0, count).map(i -> data.consumeInt(0, (int) most)).toArray();
  }

  /** The same but for one now and then. */
  private long[] strange(long... numbers) {
    long[] changed = numbers.clone();
    if (changed.length > 0 && !usual(data)) {
      changed[data.consumeInt(0, changed.length - 1)] = FuzzedPolicy.number(data);
    }
    return changed;
  }

  private ManagedColumn child(Field parent, int index, String path, long rows) {
    Field field = parent.children().get(index);
    return column(field, path + "." + field.name(), usual(data) ? rows : data.consumeInt(0, 9));
  }

  /** The schema's, or another one that may have been asked for. */
  private DataType storage(DataType wanted, String path) {
    if (data.consumeByte() < 96) {
      return wanted;
    }
    if (data.consumeBoolean()) {
      options.reinterpret(path, data.pickValue(Reinterpretation.values()));
    }
    DataType[] alike =
        IntStream.range(0, TYPES.length)
            .mapToObj(i -> TYPES[i])
            .filter(type -> type.elementBits() == wanted.elementBits())
            .toArray(DataType[]::new);
    return alike.length == 0 ? wanted : data.pickValue(alike);
  }

  private MemorySegment tensor(DataType type, long... sizes) {
    FuzzedTensor tensor = FuzzedTensor.make(made.size(), data, options.flavour(), type, sizes);
    made.add(tensor);
    return tensor.pointer();
  }

  /** Rising up to what they are into, but for one now and then. */
  private MemorySegment offsets(long rows, long end) {
    MemorySegment pointer =
        tensor(data.consumeBoolean() ? DataType.INT32 : DataType.INT64, rows + 1);
    long[] offsets = new long[(int) rows + 1];
    long before = 0;
    for (int i = 0; i < offsets.length; i++) {
      before += data.consumeInt(0, (int) (end - before));
      offsets[i] = before;
    }
    made.getLast().write(strange(offsets));
    return pointer;
  }

  /** Another pointer now and then: none, one that is there already, or anything. */
  private MemorySegment changed(MemorySegment pointer) {
    return switch (usual(data) ? 0 : data.consumeInt(1, 4)) {
      case 0 -> pointer;
      case 1 -> MemorySegment.NULL;
      case 2 -> MemorySegment.ofAddress(pointer.address() + 4);
      case 3 -> made.isEmpty() ? pointer : data.pickValue(made).pointer();
      default -> MemorySegment.ofAddress(FuzzedPolicy.number(data));
    };
  }

  /** A column more or fewer now and then. */
  private void change(List<ManagedColumn> some) {
    switch (usual(data) || some.isEmpty() ? 0 : data.consumeInt(1, 2)) {
      case 0 -> {
        // as many as there should be
      }
      case 1 -> some.removeLast();
      default -> some.add(some.getFirst());
    }
    if (withoutSchema) {
      some.replaceAll(column -> ManagedColumn.of(column.data()));
    }
  }

  /** Every pointer that is given, once. */
  Set<Long> pointers() {
    Set<Long> pointers = new LinkedHashSet<>();
    addPointers(columns, pointers);
    pointers.remove(0L);
    return pointers;
  }

  private static void addPointers(List<ManagedColumn> some, Set<Long> pointers) {
    for (ManagedColumn column : some) {
      pointers.add(column.data().address());
      pointers.add(column.offsets().address());
      pointers.add(column.sizes().address());
      pointers.add(column.validity().address());
      addPointers(column.children(), pointers);
    }
  }

  private boolean isWild() {
    return made.stream().anyMatch(FuzzedTensor::isWild)
        || pointers().stream().anyMatch(pointer -> pointer % 8 == 0 && of(pointer).isEmpty());
  }

  private static Optional<FuzzedTensor> of(long pointer) {
    return Optional.ofNullable(FuzzedTensor.at(pointer));
  }

  /** Whether every deleter that might be called is NULL or one that a test has. */
  boolean isDeletable() {
    return pointers().stream()
        .allMatch(
            pointer ->
                pointer % 8 != 0
                    || (pointer >= 0 && pointer < 4096)
                    || of(pointer).filter(FuzzedTensor::isDeletable).isPresent());
  }

  /** How many pointers there are that lead to no struct. */
  long undeletable() {
    return pointers().stream().filter(pointer -> of(pointer).isEmpty()).count();
  }

  /** Where deleters were not called as they should have been; empty is good. */
  List<String> wrongDeletions(boolean ended) {
    Set<Long> given = pointers();
    List<String> wrong = new ArrayList<>();
    for (FuzzedTensor tensor : made) {
      boolean ours = ended && given.contains(tensor.pointer().address());
      int expected = ours ? tensor.expectedDeletions() : 0;
      if (tensor.deletions() != expected) {
        wrong.add(tensor.pointer() + ": " + tensor.deletions() + " and not " + expected);
      }
    }
    if (FuzzedTensor.strayDeletions() != 0) {
      wrong.add(FuzzedTensor.strayDeletions() + " with pointers that nobody gave");
    }
    return wrong;
  }
}
