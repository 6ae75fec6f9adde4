package org.dlpack4j.py4j;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.py4j.wire.ColumnFormats;
import org.dlpack4j.py4j.wire.WireObject;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Table;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/**
 * What a peer says that it has written into its memory, as an object over that memory. Nothing is
 * read there; every tensor is known to lie in it wholly.
 */
final class PeerObjects {

  private final HeldLease.OfMemory memory;

  /** Those that others follow into other tensors: what they say must not change any more. */
  private final Set<TensorView> followed = new HashSet<>();

  /** Those that the peer has copied. */
  private final Set<TensorView> copied = new HashSet<>();

  PeerObjects(HeldLease.OfMemory memory) {
    this.memory = memory;
  }

  /**
   * Makes an object of a description.
   *
   * @throws IllegalArgumentException if it is none, or not in the memory
   */
  PublishedObject object(WireObject described) {
    if (!memory.device().isHostAccessible() && !(described instanceof WireObject.Tensor)) {
      throw new IllegalArgumentException(
          "object: expected a tensor in memory of %s, as the parts of others are looked at, but"
                  .formatted(memory.device())
              + " found a column or a table; publish each of its tensors, or a copy on the CPU");
    }
    return switch (described) {
      case WireObject.Tensor tensor -> new PublishedObject.OfTensor(view("tensor", tensor));
      case WireObject.Column column -> new PublishedObject.OfColumn(column(column, column.name()));
      case WireObject.Table table -> {
        List<Column> columns = new ArrayList<>();
        for (WireObject.Column column : table.columns()) {
          columns.add(column(column, column.name()));
        }
        yield new PublishedObject.OfTable(new Table(table.rows(), columns));
      }
    };
  }

  /** Whether a tensor has to be copied before somebody looks at what it says. */
  boolean isFollowed(TensorView view) {
    return followed.contains(view);
  }

  /** Whether a tensor is a copy, as its peer says. */
  boolean isCopied(TensorView view) {
    return copied.contains(view);
  }

  private Column column(WireObject.Column described, String path) {
    LogicalType type = ColumnFormats.parse(described.format());
    List<Column> children = new ArrayList<>();
    for (WireObject.Column child : described.children()) {
      children.add(column(child, path + "." + child.name()));
    }
    TensorView data = part(path + " data", described.data());
    TensorView offsets = part(path + " offsets", described.offsets());
    TensorView sizes = part(path + " sizes", described.sizes());
    TensorView bits = part(path + " validity", described.validity());
    follow(offsets);
    follow(sizes);
    follow(type instanceof LogicalType.Union ? data : null);
    follow(type.form() == Form.RUNS && !children.isEmpty() ? dataOf(children.getFirst()) : null);
    RowRange range = new RowRange(described.first().orElse(0), described.rows());
    Validity validity = bits == null ? null : new Validity(bits, described.skip());
    Column column =
        new ColumnAssembly(described.name(), type, range, data, offsets, sizes, validity, children)
            .column();
    check(path, described, column);
    return column;
  }

  private static @Nullable TensorView dataOf(Column column) {
    return column.type().form().hasData() ? column.data() : null;
  }

  private void follow(@Nullable TensorView view) {
    if (view != null) {
      followed.add(view);
    }
  }

  private static void check(String path, WireObject.Column described, Column column) {
    if (column.rows() != described.rows()) {
      throw new IllegalArgumentException(
          "column %s: expected %d rows, as its tensors have, but found %d"
              .formatted(path, column.rows(), described.rows()));
    }
    String expected = ColumnFormats.of(column);
    if (!described.format().equals(expected) && !described.format().isEmpty()) {
      throw new IllegalArgumentException(
          "column %s: expected format %s for such tensors but found %s"
              .formatted(path, expected, described.format()));
    }
  }

  private @Nullable TensorView part(String path, WireObject.@Nullable Tensor tensor) {
    return tensor == null ? null : view(path, tensor);
  }

  private TensorView view(String path, WireObject.Tensor tensor) {
    if (tensor.segment() != memory.location().segment().id()) {
      throw wrong(
          path,
          "segment " + memory.location().segment().id() + " of the allocation",
          Long.toUnsignedString(tensor.segment()));
    }
    if (!tensor.device().equals(memory.device())) {
      throw wrong(path, "device " + memory.device(), tensor.device().toString());
    }
    if (tensor.dataType().code() == DataType.Code.OPAQUE_HANDLE) {
      throw wrong(path, "numbers", tensor.dataType() + ", which means nothing to another process");
    }
    long offset = tensor.offset() - memory.location().offset();
    if (offset < 0 || offset > memory.bytes()) {
      throw wrong(path, range(), "offset " + tensor.offset());
    }
    TensorView view =
        new TensorView(
            memory.address() + offset,
            tensor.dataType(),
            memory.device(),
            tensor.layout(),
            tensor.has(WireObject.Tensor.READ_ONLY),
            tensor.has(WireObject.Tensor.IS_SUBBYTE_TYPE_PADDED));
    requireWithin(path, view);
    if (tensor.has(WireObject.Tensor.IS_COPIED)) {
      copied.add(view);
    }
    return view;
  }

  private void requireWithin(String path, TensorView view) {
    if (view.layout().isEmpty()) {
      return;
    }
    Reach reach = Reach.of(view);
    long end = memory.address() + memory.bytes();
    if (reach.low() < memory.address() || reach.high() > end || reach.high() < reach.low()) {
      throw wrong(
          path,
          range(),
          "bytes %d to %d"
              .formatted(
                  reach.low() - memory.address() + memory.location().offset(),
                  reach.high() - memory.address() + memory.location().offset()));
    }
    if (!view.isAligned()) {
      throw wrong(
          path,
          "an offset that is a multiple of " + view.dataType().alignment(),
          Long.toString(view.address() - memory.address() + memory.location().offset()));
    }
  }

  private String range() {
    long first = memory.location().offset();
    return "bytes %d to %d of the segment".formatted(first, first + memory.bytes());
  }

  private static IllegalArgumentException wrong(String path, String expected, String found) {
    return new IllegalArgumentException(
        "%s: expected %s but found %s".formatted(path, expected, found));
  }
}
