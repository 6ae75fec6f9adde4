package org.dlpack4j.importing;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.importing.Violation.Field;
import org.jspecify.annotations.Nullable;

/**
 * One reason to refuse a tensor: a tensor with that fault and no other, what is to be said of it,
 * and the tensor nearest to it that is accepted.
 */
final class Refusal {

  private final Code code;
  private final Field field;
  private final int axis;
  private ImportPolicy policy = ImportPolicy.DEFAULT;
  private @Nullable Supplier<ForeignTensor> refused;
  private @Nullable Supplier<ForeignTensor> accepted;
  private @Nullable ToLongFunction<ForeignTensor> value;
  private String message = "";

  private Refusal(Code code, Field field, int axis) {
    this.code = code;
    this.field = field;
    this.axis = axis;
  }

  static Refusal of(Code code, Field field) {
    return new Refusal(code, field, -1);
  }

  static Refusal of(Code code, Field field, int axis) {
    return new Refusal(code, field, axis);
  }

  Refusal by(ImportPolicy newPolicy) {
    policy = newPolicy;
    return this;
  }

  Refusal refusing(Supplier<ForeignTensor> tensor) {
    refused = tensor;
    return this;
  }

  Refusal accepting(Supplier<ForeignTensor> tensor) {
    accepted = tensor;
    return this;
  }

  Refusal finding(long found) {
    return finding(tensor -> found);
  }

  Refusal finding(ToLongFunction<ForeignTensor> found) {
    value = found;
    return this;
  }

  /** With {@code %x} where the value is. */
  Refusal saying(String text) {
    message = text;
    return this;
  }

  Code code() {
    return code;
  }

  Field field() {
    return field;
  }

  int axis() {
    return axis;
  }

  ImportPolicy policy() {
    return policy;
  }

  ForeignTensor refused() {
    return requireNonNull(refused).get();
  }

  ForeignTensor accepted() {
    return requireNonNull(accepted).get();
  }

  long value(ForeignTensor tensor) {
    return requireNonNull(value).applyAsLong(tensor);
  }

  String message(ForeignTensor tensor) {
    return message.formatted(value(tensor));
  }

  TensorImporter importer(ForeignTensor tensor) {
    return tensor.importer().with(policy);
  }

  /** What the policy says of a tensor, also of one that only pretends to be where it is. */
  List<Violation> violations(ForeignTensor tensor) {
    if (policy.rules().probing) {
      return importer(tensor).inspect(tensor.pointer()).violations();
    }
    return violations(policy, tensor);
  }

  static List<Violation> violations(ImportPolicy policy, ForeignTensor tensor) {
    return validation(policy, tensor).violations(policy.rules());
  }

  /** Whether the policy finds where the elements of a tensor are. */
  boolean locates(ForeignTensor tensor) {
    Validation validation = validation(policy, tensor);
    validation.violations(policy.rules());
    return validation.isLocated();
  }

  private static Validation validation(ImportPolicy policy, ForeignTensor tensor) {
    Snapshot snapshot = new Snapshot();
    snapshot.read(
        tensor.address(), tensor.flavour(), policy.rules().mostDimensions, tensor.source());
    return new Validation(snapshot);
  }

  /** Whether the fault leaves open where the elements are. */
  boolean hidesElements() {
    return switch (code) {
      case NULL_POINTER,
          MISALIGNED_POINTER,
          IMPOSSIBLE_POINTER,
          UNREADABLE_POINTER,
          UNSUPPORTED_VERSION,
          NEGATIVE_DIMENSION,
          TOO_MANY_ELEMENTS,
          TOO_FAR,
          OUTSIDE_ADDRESS_SPACE,
          OFFSET_OF_HANDLE,
          EMPTY_DATA_TYPE ->
          field != Field.DELETER;
      case NDIM_OUT_OF_RANGE -> {
        long ndim = value(refused());
        yield ndim < 0 || ndim > policy.rules().mostDimensions;
      }
      default -> false;
    };
  }

  /** Whether there is a struct whose deleter can be called. */
  boolean leavesDeletable() {
    return field != Field.MANAGED && field != Field.DELETER;
  }

  @Override
  public String toString() {
    return code + " " + message;
  }
}
