package org.dlpack4j.examples;

import java.io.Serializable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.memory.SharedAllocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.py4j.TensorService;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.Table;
import org.dlpack4j.table.Validity;

/**
 * Collects DataFrames of numbers into memory that the driver shares with Python: {@code
 * spark._jvm.org.dlpack4j.examples.DriverFrames.publish(name, df._jdf)}.
 */
public final class DriverFrames {

  private static final SharedMemory POOL = SharedMemory.create();

  private DriverFrames() {}

  /** Runs the query, as {@code collect()} does, and publishes its rows as a table. */
  public static void publish(String name, Dataset<?> frame) {
    List<Form> forms = Stream.of(frame.schema().fields()).map(Form::of).toList();
    boolean isLocal = frame.sparkSession().sparkContext().isLocal();
    List<Part> parts =
        frame
            .queryExecution()
            .toRdd()
            .toJavaRDD()
            .mapPartitions(rows -> List.of(new Part(forms, isLocal).with(rows)).iterator())
            .collect();
    SharedAllocation memory = POOL.allocate(Math.max(1, bytes(forms, rows(parts))));
    try {
      Table table = table(forms, parts, memory.segment());
      Owner owner = memory.intoOwner();
      TensorService.shared().publish(name, table, owner);
    } catch (Throwable e) {
      memory.close();
      throw e;
    }
  }

  private static long rows(List<Part> parts) {
    return parts.stream().mapToLong(part -> part.rows).sum();
  }

  /** Values and bitmaps, each at its own multiple of 64. */
  private static long bytes(List<Form> forms, long rows) {
    return forms.stream()
        .mapToLong(form -> padded(rows * form.width()) + padded((rows + 7) / 8))
        .sum();
  }

  private static long padded(long bytes) {
    return (bytes + 63) & -64;
  }

  private static Table table(List<Form> forms, List<Part> parts, MemorySegment memory) {
    long rows = rows(parts);
    long[] ends = new long[forms.size()];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = (i == 0 ? 0 : ends[i - 1]) + bytes(forms.subList(i, i + 1), rows);
    }
    return Table.of(
        IntStream.range(0, ends.length)
            .parallel()
            .mapToObj(i -> column(i, forms.get(i), parts, memory.asSlice(i == 0 ? 0 : ends[i - 1])))
            .toArray(Column[]::new));
  }

  private static Column column(int index, Form form, List<Part> parts, MemorySegment memory) {
    long size = rows(parts) * form.width();
    MemorySegment values = memory.asSlice(0, size);
    MemorySegment bits = memory.asSlice(padded(size), (rows(parts) + 7) / 8);
    BitSet nulls = new BitSet();
    long rows = 0;
    for (Part part : parts) {
      int first = Math.toIntExact(rows);
      byte[] from = part.values[index];
      MemorySegment.copy(
          from, 0, values, ValueLayout.JAVA_BYTE, rows * form.width(), part.rows * form.width());
      part.nulls[index].stream().forEach(row -> nulls.set(first + row));
      rows += part.rows;
    }
    Column column = Column.of(form.name(), form.meaning(), view(values, form.number(), rows));
    if (nulls.isEmpty()) {
      return column;
    }
    nulls.flip(0, Math.toIntExact(rows));
    byte[] valid = nulls.toByteArray();
    MemorySegment.copy(valid, 0, bits, ValueLayout.JAVA_BYTE, 0, valid.length);
    return column.withValidity(new Validity(view(bits, DataType.UINT8, bits.byteSize()), 0));
  }

  private static TensorView view(MemorySegment memory, DataType type, long size) {
    return TensorView.of(memory, type, size);
  }

  /** A column, and how its values are kept. */
  private record Form(String name, Kind kind, boolean nullable) implements Serializable {

    private static final Map<org.apache.spark.sql.types.DataType, Kind> KINDS =
        Map.of(
            DataTypes.BooleanType, Kind.BOOL,
            DataTypes.ByteType, Kind.INT8,
            DataTypes.ShortType, Kind.INT16,
            DataTypes.IntegerType, Kind.INT32,
            DataTypes.LongType, Kind.INT64,
            DataTypes.FloatType, Kind.FLOAT32,
            DataTypes.DoubleType, Kind.FLOAT64,
            DataTypes.TimestampType, Kind.TIMESTAMP,
            DataTypes.TimestampNTZType, Kind.LOCAL_TIMESTAMP);

    static Form of(StructField field) {
      Kind kind = KINDS.get(field.dataType());
      if (kind == null) {
        throw new IllegalArgumentException(
            "column %s: expected numbers, bools or timestamps but found %s; use toArrow()"
                .formatted(field.name(), field.dataType().simpleString()));
      }
      return new Form(field.name(), kind, field.nullable());
    }

    int width() {
      return number().bits() / 8;
    }

    DataType number() {
      return switch (kind) {
        case BOOL -> DataType.BOOL;
        case INT8 -> DataType.INT8;
        case INT16 -> DataType.INT16;
        case INT32 -> DataType.INT32;
        case INT64, TIMESTAMP, LOCAL_TIMESTAMP -> DataType.INT64;
        case FLOAT32 -> DataType.FLOAT32;
        case FLOAT64 -> DataType.FLOAT64;
      };
    }

    LogicalType meaning() {
      return switch (kind) {
        case TIMESTAMP -> new LogicalType.Timestamp(ChronoUnit.MICROS, Optional.of("UTC"));
        case LOCAL_TIMESTAMP -> new LogicalType.Timestamp(ChronoUnit.MICROS, Optional.empty());
        default -> new LogicalType.Numeric();
      };
    }
  }

  private enum Kind {
    BOOL,
    INT8,
    INT16,
    INT32,
    INT64,
    FLOAT32,
    FLOAT64,
    TIMESTAMP,
    LOCAL_TIMESTAMP
  }

  /** Stands for a part on its way to the driver where that is this JVM: nothing is written. */
  private record Kept(long number) implements Serializable {

    private static final Map<Long, Part> PARTS = new ConcurrentHashMap<>();
    private static final AtomicLong LAST = new AtomicLong();

    static Kept of(Part part) {
      long number = LAST.incrementAndGet();
      PARTS.put(number, part);
      return new Kept(number);
    }

    private Object readResolve() {
      return PARTS.remove(number);
    }
  }

  /** The rows of one partition, column by column; sent to the driver. */
  private static final class Part implements Serializable {

    private static final long serialVersionUID = 1;

    private static final VarHandle SHORTS = view(short[].class);
    private static final VarHandle INTS = view(int[].class);
    private static final VarHandle LONGS = view(long[].class);
    private static final VarHandle FLOATS = view(float[].class);
    private static final VarHandle DOUBLES = view(double[].class);

    private final Form[] forms;
    private final byte[][] values;
    private final BitSet[] nulls;
    private final boolean isLocal;
    private int rows;

    Part(List<Form> forms, boolean isLocal) {
      this.isLocal = isLocal;
      this.forms = forms.toArray(Form[]::new);
      this.values = new byte[this.forms.length][0];
      this.nulls = Stream.generate(BitSet::new).limit(this.forms.length).toArray(BitSet[]::new);
    }

    private static VarHandle view(Class<?> array) {
      return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.nativeOrder());
    }

    Part with(Iterator<InternalRow> source) {
      int room = 0;
      while (source.hasNext()) {
        InternalRow row = source.next();
        if (rows == room) {
          room = Math.max(1 << 16, Math.multiplyExact(2, room));
          grow(room);
        }
        for (int i = 0; i < forms.length; i++) {
          add(forms[i], i, row);
        }
        rows++;
      }
      return this;
    }

    private Object writeReplace() {
      if (isLocal) {
        return Kept.of(this);
      }
      grow(rows);
      return this;
    }

    private void grow(int room) {
      for (int i = 0; i < forms.length; i++) {
        values[i] = Arrays.copyOf(values[i], Math.multiplyExact(room, forms[i].width()));
      }
    }

    private void add(Form form, int i, InternalRow row) {
      byte[] to = values[i];
      if (form.nullable() && row.isNullAt(i)) {
        nulls[i].set(rows);
        return;
      }
      switch (form.kind()) {
        case BOOL -> to[rows] = (byte) (row.getBoolean(i) ? 1 : 0);
        case INT8 -> to[rows] = row.getByte(i);
        case INT16 -> SHORTS.set(to, rows * Short.BYTES, row.getShort(i));
        case INT32 -> INTS.set(to, rows * Integer.BYTES, row.getInt(i));
        case INT64, TIMESTAMP, LOCAL_TIMESTAMP -> LONGS.set(to, rows * Long.BYTES, row.getLong(i));
        case FLOAT32 -> FLOATS.set(to, rows * Float.BYTES, row.getFloat(i));
        case FLOAT64 -> DOUBLES.set(to, rows * Double.BYTES, row.getDouble(i));
      }
    }
  }
}
