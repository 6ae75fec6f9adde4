package org.dlpack4j.py4j;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.memory.SharedLocation;
import org.dlpack4j.py4j.wire.WireObject;
import org.jspecify.annotations.Nullable;

/** What a peer may say of its memory: mostly what could be, now and then what cannot. */
final class RandomObjects {

  private static final DataType[] TYPES = {
    DataType.INT8,
    DataType.UINT8,
    DataType.INT16,
    DataType.INT32,
    DataType.INT64,
    DataType.FLOAT32,
    DataType.FLOAT64,
    DataType.BFLOAT16,
    DataType.INT4,
    DataType.COMPLEX128,
    new DataType(DataType.Code.INT, 128, 1),
    new DataType(DataType.Code.FLOAT, 16, 4),
    new DataType(DataType.Code.OPAQUE_HANDLE, 64, 1),
    new DataType(200, 24, 1),
    new DataType(0, 0, 0)
  };

  private static final String[] FORMATS = {
    "",
    "c",
    "C",
    "i",
    "l",
    "g",
    "b",
    "u",
    "U",
    "z",
    "w:4",
    "tdD",
    "tsu:",
    "d:5,2,32",
    "tin",
    "+l",
    "+L",
    "+vl",
    "+m",
    "+m:sorted",
    "+w:2",
    "+s",
    "+us:0,1",
    "+ud:1",
    "+r",
    "dict:i",
    "dict-ordered:c",
    "nonsense"
  };

  private final RandomGenerator random;
  private final SharedLocation place;
  private final long bytes;

  RandomObjects(RandomGenerator random, SharedLocation place, long bytes) {
    this.random = random;
    this.place = place;
    this.bytes = bytes;
  }

  WireObject next() {
    return switch (random.nextInt(4)) {
      case 0 -> tensor(type(), shape(random.nextInt(4)));
      case 1 -> new WireObject.Table(rows(), columns(rows(), random.nextInt(4), 0));
      default -> column("c", rows(), 0);
    };
  }

  private boolean rarely() {
    return random.nextInt(40) == 0;
  }

  private long rows() {
    return rarely() ? random.nextLong() : random.nextInt(6);
  }

  private DataType type() {
    return TYPES[random.nextInt(TYPES.length)];
  }

  private long[] shape(int ndim) {
    long[] shape = new long[ndim];
    for (int axis = 0; axis < ndim; axis++) {
      shape[axis] = rarely() ? random.nextLong(1L << 60) : random.nextInt(6);
    }
    return shape;
  }

  private WireObject.Tensor tensor(DataType type, long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = rarely() ? random.nextLong() : rarely() ? -stride : stride;
      stride *= Math.max(shape[axis], 1);
    }
    long at = place.offset() + 8L * random.nextInt((int) bytes / 16);
    at = rarely() ? random.nextLong() : rarely() ? at + random.nextInt(9000) - 4500 : at;
    TensorLayout layout;
    try {
      layout = TensorLayout.strided(shape, strides);
    } catch (IllegalArgumentException e) {
      layout = TensorLayout.contiguous(1); // the parser refuses such shapes itself
    }
    Device device = rarely() ? Device.cuda(0) : Device.CPU;
    long segment = rarely() ? random.nextLong() : place.segment().id();
    return new WireObject.Tensor(segment, at, type, device, layout, random.nextInt(8));
  }

  private List<WireObject.Column> columns(long rows, int count, int depth) {
    List<WireObject.Column> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      columns.add(column(rarely() ? "same" : "c" + i, rarely() ? rows() : rows, depth));
    }
    return columns;
  }

  private WireObject.Column column(String name, long rows, int depth) {
    String format = FORMATS[random.nextInt(FORMATS.length)];
    long fit = Math.clamp(rows, 0, 1000);
    boolean nested = format.startsWith("+") || format.startsWith("dict");
    int more = format.startsWith("+v") || format.startsWith("+ud") ? 0 : 1;
    boolean hasOffsets = format.matches("[uUzZ]|\\+[lLm].*|\\+v.|\\+ud.*") != rarely();
    boolean hasData = (!format.startsWith("+") || format.startsWith("+u")) != rarely();
    int children = nested && depth < 3 ? childrenOf(format) : 0;
    return new WireObject.Column(
        name,
        format,
        random.nextBoolean(),
        rows,
        format.equals("b") || format.equals("+r") ? OptionalLong.of(random.nextInt(3)) : first(),
        hasData ? tensor(dataType(format), dataShape(format, fit)) : null,
        hasOffsets ? tensor(offsetType(format), fit + more) : null,
        format.startsWith("+v") != rarely() ? tensor(DataType.INT32, fit) : null,
        validity(fit),
        random.nextInt(rarely() ? 200 : 8),
        columns(format.equals("+w:2") ? 2 * fit : fit, children, depth + 1));
  }

  private OptionalLong first() {
    return rarely() ? OptionalLong.of(random.nextInt(3) - 1) : OptionalLong.empty();
  }

  private WireObject.@Nullable Tensor validity(long rows) {
    return random.nextInt(3) == 0 ? tensor(DataType.UINT8, (rows + 14) / 8) : null;
  }

  private int childrenOf(String format) {
    int usual = format.equals("+r") || format.startsWith("+us") ? 2 : 1;
    return rarely() ? random.nextInt(4) : usual;
  }

  private DataType offsetType(String format) {
    boolean large = format.equals("U") || format.equals("+L");
    return rarely() ? type() : large ? DataType.INT64 : DataType.INT32;
  }

  private DataType dataType(String format) {
    if (rarely() || format.isEmpty()) {
      return type();
    }
    return switch (format) {
      case "c", "+us:0,1", "+ud:1", "dict-ordered:c" -> DataType.INT8;
      case "i", "tdD", "d:5,2,32", "dict:i" -> DataType.INT32;
      case "l", "tsu:" -> DataType.INT64;
      case "g" -> DataType.FLOAT64;
      default -> DataType.UINT8;
    };
  }

  private long[] dataShape(String format, long rows) {
    return switch (format) {
      case "b" -> new long[] {(rows + 17) / 8};
      case "w:4" -> new long[] {rows, 4};
      case "tin" -> new long[] {rows, 16};
      case "u", "U", "z" -> new long[] {random.nextInt(40)};
      default -> new long[] {rows};
    };
  }
}
