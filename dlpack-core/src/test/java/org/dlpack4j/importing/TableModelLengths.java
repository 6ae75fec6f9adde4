package org.dlpack4j.importing;

import java.math.BigInteger;
import java.util.Optional;
import org.dlpack4j.importing.TableModel.Node;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;

/** The part of {@link TableModel} that is about lengths. What is refused is of any length. */
final class TableModelLengths {

  private static final BigInteger BYTE = BigInteger.valueOf(8);
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  private final TableModel model;
  private final FuzzedOptions options;

  TableModelLengths(TableModel model, FuzzedOptions options) {
    this.model = model;
    this.options = options;
  }

  void check(Node node, BigInteger rows) {
    checkRange(node, rows);
    TableModelTensor data = node.data();
    TableModelTensor sizes = node.sizes();
    TableModelTensor validity = node.validity();
    if (data != null) {
      boolean fits =
          switch (node.form()) {
            case VARIABLE_BYTES -> true;
            case BITS -> hasBits(data, first(node).add(rows));
            case FIXED_BYTES ->
                data.length().equals(rows)
                    && data.width().equals(BigInteger.valueOf(node.field().type().width()));
            default -> data.length().equals(rows);
          };
      require(fits, node.path(), Part.DATA);
    }
    require(sizes == null || sizes.length().equals(rows), node.path(), Part.SIZES);
    BigInteger bits = rows.add(BigInteger.valueOf(node.managed().skip()));
    require(validity == null || hasBits(validity, bits), node.path(), Part.VALIDITY);
    TableModelValues values = new TableModelValues(model, options.allOffsets());
    switch (node.form()) {
      case VARIABLE_BYTES, LIST -> checkOffsets(node, rows, 1);
      case LIST_VIEW -> {
        checkOffsets(node, rows, 0);
        values.checkViews(node, rows);
      }
      case DICTIONARY -> {
        checkChildren(node, rows, BigInteger.ZERO);
        values.checkIndices(node, rows);
      }
      case STRUCT -> node.children().forEach(child -> check(child, rows));
      case SPARSE_UNION -> {
        node.children().forEach(child -> check(child, rows));
        values.checkTypeIds(node, rows);
      }
      case DENSE_UNION -> {
        checkOffsets(node, rows, 0);
        values.checkTypeIds(node, rows);
      }
      case RUNS -> {
        BigInteger runs = TableModel.length(node.children()).orElse(BigInteger.ZERO);
        node.children().forEach(child -> check(child, runs));
        values.checkRuns(node, rows, first(node));
      }
      case FIXED_LIST -> {
        int size = ((LogicalType.FixedListOf) node.field().type()).size();
        BigInteger elements = rows.multiply(BigInteger.valueOf(size));
        if (elements.compareTo(MOST) > 0) {
          require(false, node.path(), Part.COLUMN);
        } else {
          node.children().forEach(child -> check(child, elements));
        }
      }
      default -> {} // has data only
    }
  }

  private static boolean hasBits(TableModelTensor bytes, BigInteger bits) {
    return bytes.length().multiply(BYTE).compareTo(bits) >= 0;
  }

  private static BigInteger first(Node node) {
    return node.managed()
        .rows()
        .map(range -> BigInteger.valueOf(range.first()))
        .orElse(BigInteger.ZERO);
  }

  private void checkRange(Node node, BigInteger rows) {
    boolean skipping = node.form() == Form.BITS || node.form() == Form.RUNS;
    if (node.managed().rows().isEmpty() ? skipping : !skipping && first(node).signum() != 0) {
      model.add(Code.ROWS, node.path(), Part.COLUMN);
    }
    boolean fits =
        node.managed()
            .rows()
            .map(range -> BigInteger.valueOf(range.count()).equals(rows))
            .orElse(true);
    require(fits, node.path(), Part.COLUMN);
  }

  private void require(boolean fits, String path, Part part) {
    if (!fits) {
      model.add(Code.LENGTH, path, part);
    }
  }

  private void checkOffsets(Node node, BigInteger rows, int more) {
    TableModelTensor offsets = node.offsets();
    BigInteger last = BigInteger.ZERO;
    if (offsets != null) {
      boolean none = rows.signum() == 0 && offsets.length().signum() == 0;
      boolean fits = none || offsets.length().equals(rows.add(BigInteger.valueOf(more)));
      require(fits, node.path(), Part.OFFSETS);
      if (fits && !none && more > 0 && offsets.isOnHost()) {
        if (offsets.isReadable()) {
          last = checkValues(node, offsets, end(node));
        } else {
          model.open.add(Code.OFFSETS + " " + node.path() + " " + Part.OFFSETS);
        }
      }
    }
    checkChildren(node, rows, last);
  }

  /** Those that are as long as they are themselves, or as what leads to them says. */
  private void checkChildren(Node node, BigInteger rows, BigInteger last) {
    TableModelValues values = new TableModelValues(model, options.allOffsets());
    for (int i = 0; i < node.children().size(); i++) {
      Node child = node.children().get(i);
      BigInteger own =
          TableModel.length(child).isPresent()
              ? TableModel.length(child).orElseThrow()
              : last.max(values.rowsLedTo(node, i, rows));
      check(child, own);
    }
  }

  private static Optional<BigInteger> end(Node node) {
    if (node.form().hasData()) {
      return Optional.ofNullable(node.data()).map(TableModelTensor::length);
    }
    return TableModel.length(node.children());
  }

  /** The last one, if they are as they should be. */
  private BigInteger checkValues(Node node, TableModelTensor offsets, Optional<BigInteger> end) {
    long rows = offsets.snapshot().shape[0] - 1;
    long before = 0;
    for (long row = 0; row <= rows; row++) {
      if (row == 0 || row == rows || options.allOffsets()) {
        long offset = offsets.signed(row);
        boolean beyond =
            end.isPresent() && BigInteger.valueOf(offset).compareTo(end.orElseThrow()) > 0;
        if (offset < before || beyond) {
          model.add(Code.OFFSETS, node.path(), Part.OFFSETS);
          return BigInteger.ZERO;
        }
        before = offset;
      }
    }
    return BigInteger.valueOf(before);
  }
}
