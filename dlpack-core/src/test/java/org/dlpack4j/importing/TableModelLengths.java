package org.dlpack4j.importing;

import java.math.BigInteger;
import java.util.Optional;
import org.dlpack4j.importing.TableModel.Node;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
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
    TableModelTensor data = node.data();
    TableModelTensor validity = node.validity();
    if (data != null && node.offsets() == null && !node.field().type().form().hasOffsets()) {
      boolean wide =
          node.field().type() instanceof LogicalType.FixedBinary fixed
              && !data.width().equals(BigInteger.valueOf(fixed.width()));
      require(data.length().equals(rows) && !wide, node.path(), Part.DATA);
    }
    if (validity != null) {
      BigInteger bits = rows.add(BigInteger.valueOf(node.managed().skip()));
      require(validity.length().multiply(BYTE).compareTo(bits) >= 0, node.path(), Part.VALIDITY);
    }
    switch (node.form()) {
      case VARIABLE_BYTES, LIST -> checkOffsets(node, rows);
      case STRUCT -> node.children().forEach(child -> check(child, rows));
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

  private void require(boolean fits, String path, Part part) {
    if (!fits) {
      model.add(Code.LENGTH, path, part);
    }
  }

  private void checkOffsets(Node node, BigInteger rows) {
    TableModelTensor offsets = node.offsets();
    BigInteger last = BigInteger.ZERO;
    if (offsets != null) {
      boolean none = rows.signum() == 0 && offsets.length().signum() == 0;
      boolean fits = none || offsets.length().equals(rows.add(BigInteger.ONE));
      require(fits, node.path(), Part.OFFSETS);
      if (fits && !none && offsets.isOnHost()) {
        if (offsets.isReadable()) {
          last = checkValues(node, offsets, end(node));
        } else {
          model.open.add(Code.OFFSETS + " " + node.path() + " " + Part.OFFSETS);
        }
      }
    }
    for (Node child : node.children()) {
      check(child, TableModel.length(child).orElse(last));
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
