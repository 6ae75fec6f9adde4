package org.dlpack4j.importing;

import org.dlpack4j.DataType;
import org.dlpack4j.table.Form;

/** What the tensors of columns must be like, besides what a policy says. */
final class TensorPolicies {

  private final ImportPolicy untyped;
  private final ImportPolicy flat;
  private final ImportPolicy fixedBytes;
  private final ImportPolicy variableBytes;
  final ImportPolicy offsets;
  final ImportPolicy validity;

  TensorPolicies(ImportPolicy policy) {
    untyped = policy.ndim(1, 1);
    // Whether it is the schema's type is looked at later, to the bit.
    flat = untyped.anyDataType();
    fixedBytes = policy.ndim(2, 2).anyDataType();
    variableBytes = flat.requireContiguous();
    offsets = variableBytes.onlyDataTypes(DataType.INT32, DataType.INT64);
    validity = variableBytes.onlyDataTypes(DataType.UINT8);
  }

  ImportPolicy data(Form form, boolean typed) {
    return switch (form) {
      case FIXED_BYTES -> fixedBytes;
      case VARIABLE_BYTES, BITS -> variableBytes;
      default -> typed ? flat : untyped;
    };
  }
}
