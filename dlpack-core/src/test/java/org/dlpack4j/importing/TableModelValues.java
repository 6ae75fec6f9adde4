package org.dlpack4j.importing;

import static java.util.Objects.requireNonNull;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.dlpack4j.DataType;
import org.dlpack4j.importing.TableModel.Node;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.table.LogicalType;
import org.jspecify.annotations.Nullable;

/** The part of {@link TableModel} that is about what leads to other rows. */
final class TableModelValues {

  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE - 1);
  private static final long FEW = 100_000;

  private final TableModel model;
  private final boolean all;

  TableModelValues(TableModel model, boolean all) {
    this.model = model;
    this.all = all;
  }

  /** Whether the importer looks at these, and the test can as well; otherwise anything may be. */
  private boolean canSee(
      Node node, @Nullable TableModelTensor tensor, BigInteger length, Code code, Part... parts) {
    if (tensor == null || !tensor.length().equals(length) || !tensor.isOnHost()) {
      return false;
    }
    if (!tensor.isReadable()) {
      for (Part part : parts) {
        model.open.add(code + " " + node.path() + " " + part);
      }
      return false;
    }
    return true;
  }

  /** Adds what is wrong with the first row of those looked at with which something is. */
  private boolean find(BigInteger rows, LongFunction<Optional<String>> wrong) {
    long last = rows.longValueExact() - 1;
    // More rows than there is memory for have one element.
    LongStream looked =
        all ? LongStream.rangeClosed(0, Math.min(last, FEW)) : LongStream.of(0, last).distinct();
    Optional<String> found =
        looked
            .filter(row -> row <= last && row >= 0)
            .mapToObj(wrong)
            .flatMap(Optional::stream)
            .findFirst();
    found.ifPresent(model.wrong::add);
    return found.isPresent();
  }

  private static Optional<String> wrong(Node node, Code code, Part part, boolean is) {
    return is ? Optional.of(code + " " + node.path() + " " + part) : Optional.empty();
  }

  private static boolean isOutside(BigInteger value, Optional<BigInteger> end) {
    return value.signum() < 0 || (end.isPresent() && value.compareTo(end.orElseThrow()) > 0);
  }

  private static Optional<BigInteger> rows(List<Node> children, int index) {
    return index < children.size() ? TableModel.length(children.get(index)) : Optional.empty();
  }

  private static Optional<BigInteger> last(List<Node> children, int index) {
    return rows(children, index).map(rows -> rows.subtract(BigInteger.ONE));
  }

  private static BigInteger integer(TableModelTensor tensor, long row) {
    BigInteger signed = BigInteger.valueOf(tensor.signed(row));
    boolean unsigned = tensor.type().code() == DataType.Code.UINT && signed.signum() < 0;
    return unsigned ? signed.add(BigInteger.TWO.pow(tensor.type().bits())) : signed;
  }

  /** How many rows a child has that says it nowhere: as many as rows of its parent lead to. */
  BigInteger rowsLedTo(Node node, int index, BigInteger rows) {
    TableModelTensor data = node.data();
    TableModelTensor offsets = node.offsets();
    TableModelTensor sizes = node.sizes();
    return switch (node.form()) {
      case LIST_VIEW ->
          most(
              node.children().get(index),
              rows,
              row -> {
                BigInteger offset = integer(requireNonNull(offsets), row);
                BigInteger size = integer(requireNonNull(sizes), row);
                boolean isOne = offset.signum() >= 0 && size.signum() >= 0;
                return isOne ? offset.add(size) : BigInteger.ZERO;
              },
              offsets,
              sizes);
      case DENSE_UNION -> {
        int id = ((LogicalType.Union) node.field().type()).typeIds().get(index);
        yield most(
            node.children().get(index),
            rows,
            row ->
                integer(requireNonNull(data), row).intValue() == id
                    ? integer(requireNonNull(offsets), row).add(BigInteger.ONE)
                    : BigInteger.ZERO,
            data,
            offsets);
      }
      case DICTIONARY -> {
        int skip = node.managed().skip();
        TableModelTensor validity = node.validity();
        BigInteger bits = rows.add(BigInteger.valueOf(skip));
        boolean tellsNulls =
            validity == null
                || (skip >= 0
                    && skip < 8
                    && validity.isOnHost()
                    && validity.length().shiftLeft(3).compareTo(bits) >= 0);
        if (!tellsNulls) {
          yield BigInteger.ZERO;
        }
        if (validity != null && !validity.isReadable()) {
          open(node.children().get(index));
          yield BigInteger.ZERO;
        }
        yield most(
            node.children().get(index),
            rows,
            row ->
                isNull(validity, skip + row)
                    ? BigInteger.ZERO
                    : integer(requireNonNull(data), row).add(BigInteger.ONE),
            data);
      }
      default -> BigInteger.ZERO;
    };
  }

  private BigInteger most(
      Node child,
      BigInteger rows,
      LongFunction<BigInteger> end,
      @Nullable TableModelTensor... needed) {
    boolean seen = true;
    for (TableModelTensor tensor : needed) {
      if (tensor == null || !tensor.length().equals(rows) || !tensor.isOnHost()) {
        return BigInteger.ZERO;
      }
      seen &= tensor.isReadable();
    }
    if (!seen) {
      open(child);
      return BigInteger.ZERO;
    }
    long last = rows.longValueExact() - 1;
    LongStream looked =
        all ? LongStream.rangeClosed(0, Math.min(last, FEW)) : LongStream.of(0, last).distinct();
    return looked
        .filter(row -> row <= last && row >= 0)
        .mapToObj(end)
        .filter(value -> value.compareTo(MOST.add(BigInteger.ONE)) <= 0)
        .max(Comparator.naturalOrder())
        .orElse(BigInteger.ZERO)
        .max(BigInteger.ZERO);
  }

  /** Anything may be said of its lengths, and of what they are compared with. */
  private void open(Node node) {
    for (Code code : Code.values()) {
      for (Part part : Part.values()) {
        model.open.add(code + " " + node.path() + " " + part);
      }
    }
    node.children().forEach(this::open);
  }

  void checkViews(Node node, BigInteger rows) {
    TableModelTensor offsets = node.offsets();
    TableModelTensor sizes = node.sizes();
    Part[] both = {Part.OFFSETS, Part.SIZES};
    // Each is asked, so that both are open where one cannot be seen.
    boolean seen = canSee(node, offsets, rows, Code.OFFSETS, both);
    seen &= canSee(node, sizes, rows, Code.OFFSETS, both);
    if (!seen || offsets == null || sizes == null) {
      return;
    }
    Optional<BigInteger> end = rows(node.children(), 0);
    find(
        rows,
        row -> {
          BigInteger offset = integer(offsets, row);
          BigInteger size = integer(sizes, row);
          // Where there is no end, sums have one all the same.
          BigInteger most = end.orElse(BigInteger.valueOf(Long.MAX_VALUE));
          return wrong(node, Code.OFFSETS, Part.OFFSETS, isOutside(offset, end))
              .or(
                  () ->
                      wrong(
                          node,
                          Code.OFFSETS,
                          Part.SIZES,
                          isOutside(size, Optional.of(most.subtract(offset)))));
        });
  }

  void checkIndices(Node node, BigInteger rows) {
    TableModelTensor indices = node.data();
    TableModelTensor validity = node.validity();
    int skip = node.managed().skip();
    BigInteger bits = rows.add(BigInteger.valueOf(skip));
    boolean tellsNulls =
        validity == null
            || (skip >= 0
                && skip < 8
                && validity.length().shiftLeft(3).compareTo(bits) >= 0
                && canSee(node, validity, validity.length(), Code.INDICES, Part.DATA));
    if (!tellsNulls || !canSee(node, indices, rows, Code.INDICES, Part.DATA) || indices == null) {
      return;
    }
    Optional<BigInteger> last = last(node.children(), 0);
    find(
        rows,
        row ->
            wrong(
                node,
                Code.INDICES,
                Part.DATA,
                isOutside(integer(indices, row), last.or(() -> Optional.of(MOST)))
                    && !isNull(validity, skip + row)));
  }

  private static boolean isNull(@Nullable TableModelTensor validity, long bit) {
    return validity != null
        && TableModelTensor.unsignedAt(validity.firstBit(0, 0).add(BigInteger.valueOf(bit)), 1)
            == 0;
  }

  void checkTypeIds(Node node, BigInteger rows) {
    TableModelTensor ids = node.data();
    TableModelTensor offsets = node.offsets();
    List<Integer> known = ((LogicalType.Union) node.field().type()).typeIds();
    if (!canSee(node, ids, rows, Code.TYPE_IDS, Part.DATA) || ids == null) {
      if (ids != null) {
        model.open.add(Code.OFFSETS + " " + node.path() + " " + Part.OFFSETS);
      }
      return;
    }
    boolean withOffsets = canSee(node, offsets, rows, Code.OFFSETS, Part.OFFSETS);
    if (offsets != null && !withOffsets && offsets.isOnHost() && !offsets.isReadable()) {
      // A wrong offset that the test cannot see ends the search before a wrong id.
      model.open.add(Code.TYPE_IDS + " " + node.path() + " " + Part.DATA);
    }
    find(
        rows,
        row -> {
          int child = known.indexOf((int) ids.signed(row));
          if (child < 0) {
            return wrong(node, Code.TYPE_IDS, Part.DATA, true);
          }
          boolean outside =
              withOffsets
                  && offsets != null
                  && isOutside(integer(offsets, row), last(node.children(), child));
          return wrong(node, Code.OFFSETS, Part.OFFSETS, outside);
        });
  }

  void checkRuns(Node node, BigInteger rows, BigInteger first) {
    TableModelTensor ends = node.children().isEmpty() ? null : node.children().getFirst().data();
    if (ends == null || !canSee(node, ends, ends.length(), Code.RUN_ENDS, Part.COLUMN)) {
      return;
    }
    BigInteger[] last = {BigInteger.ZERO};
    boolean wrong =
        find(
            ends.length(),
            run -> {
              BigInteger before = last[0];
              last[0] = integer(ends, run);
              return wrong(node, Code.RUN_ENDS, Part.COLUMN, last[0].compareTo(before) <= 0);
            });
    if (!wrong && rows.signum() > 0 && last[0].compareTo(first.add(rows)) < 0) {
      model.add(Code.RUN_ENDS, node.path(), Part.COLUMN);
    }
  }
}
