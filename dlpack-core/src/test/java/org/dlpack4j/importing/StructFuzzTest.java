package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigInteger;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.Violation.Field;

/**
 * Any bytes as a struct. The process must survive, the verdict be the model's, and every element of
 * what is adopted be read from where the model says.
 */
class StructFuzzTest {

  @FuzzTest(maxDuration = "") // as long as the caller wants
  void survivesAndReadsWhatIsThere(FuzzedDataProvider data) {
    ImportPolicy policy = FuzzedPolicy.policy(data);
    FuzzedStruct struct = new FuzzedStruct(data);
    if (struct.isWild() || data.consumeByte() > 120) {
      policy = policy.probing();
    }
    ImportModel model = struct.model(policy);
    if (model.accepts() && model.hasAddresses()) {
      struct.putIntoPage(model);
      model = struct.model(policy);
    }
    TensorImporter importer = struct.importer(policy);

    List<Violation> violations = importer.inspect(struct.pointer()).violations();

    assertVerdict(policy, model, violations);
    if (!violations.isEmpty()) {
      assertRefused(struct, importer, violations);
    } else {
      assertAdopted(struct, importer, model, data);
      assertReused(struct, importer, model);
    }
  }

  private static void assertVerdict(
      ImportPolicy policy, ImportModel model, List<Violation> violations) {
    // A kernel that is asked may also say that there is nothing where the data should be.
    boolean nowhere =
        policy.rules().probing
            && violations.size() == 1
            && violations.getFirst().code() == Violation.Code.UNREADABLE_POINTER
            && violations.getFirst().field() == Field.DATA;
    if (!nowhere && model.accepts() != violations.isEmpty()) {
      throw new AssertionError("the model says otherwise of " + model + ": " + violations);
    }
    assertThat(FuzzedStruct.deletions()).isZero();
  }

  private static void assertRefused(
      FuzzedStruct struct, TensorImporter importer, List<Violation> violations) {
    if (!struct.isDeletable()) {
      return;
    }
    boolean gone =
        violations.stream()
            .map(Violation::field)
            .noneMatch(field -> field == Field.MANAGED || field == Field.DELETER);

    RefusedTensorException thrown =
        catchThrowableOfType(
            RefusedTensorException.class, () -> importer.adoptOrDiscard(struct.pointer()));

    assertThat(thrown.violations()).isEqualTo(violations);
    assertThat(FuzzedStruct.deletions()).isEqualTo(gone ? struct.expectedDeletions() : 0);
  }

  private static void assertAdopted(
      FuzzedStruct struct, TensorImporter importer, ImportModel model, FuzzedDataProvider data) {
    ImportedTensor tensor = importer.adopt(struct.pointer());
    assertThat(tensor.isReadOnly()).isEqualTo(model.isReadOnly());
    if (tensor.view().device().isHostAccessible()) {
      assertThat(BigInteger.valueOf(tensor.segment().byteSize()))
          .isEqualTo(model.endByte().subtract(model.lowByte()));
      if (FuzzedStruct.isInPage(model) && isCountable(tensor)) {
        readCorners(tensor.elements(), model, data);
      } else if (FuzzedStruct.isInPage(model)) {
        assertThatIllegalArgumentException().isThrownBy(tensor::elements);
      }
    }
    end(struct, tensor::close, tensor::transferOut);
    assertThat(FuzzedStruct.deletions())
        .isEqualTo(struct.isDeletable() ? struct.expectedDeletions() : 0);
  }

  /** Repeated by strides of 0, lanes may be more than a long counts. */
  private static boolean isCountable(ImportedTensor tensor) {
    long elements = tensor.view().layout().elementCount();
    int lanes = tensor.view().dataType().lanes();
    return Math.multiplyHigh(elements, lanes) == 0 && elements * lanes >= 0;
  }

  private static void end(FuzzedStruct struct, Runnable close, Runnable transferOut) {
    if (struct.isDeletable()) {
      close.run();
    } else {
      transferOut.run();
    }
  }

  private static void readCorners(
      TensorElements elements, ImportModel model, FuzzedDataProvider data) {
    TensorLayout layout = elements.layout();
    long[] first = new long[layout.ndim()];
    long[] last = layout.shape();
    long[] some = new long[layout.ndim()];
    for (int axis = 0; axis < last.length; axis++) {
      last[axis]--;
      some[axis] = data.consumeLong(0, last[axis]);
    }
    for (long[] index : new long[][] {first, last, some}) {
      read(elements, model, index);
    }
  }

  private static void read(TensorElements elements, ImportModel model, long[] index) {
    DataType type = elements.dataType();
    if (!type.isKnown()) {
      return; // nobody knows how to read it
    }
    long place = 0;
    for (int axis = 0; axis < index.length; axis++) {
      place += index[axis] * elements.layout().stride(axis);
    }
    long firstBit = model.firstElement().longValueExact() * 8 - FuzzedStruct.PAGE.address() * 8;
    long bit = firstBit + place * type.strideBits(elements.isPadded());
    BigInteger there = FuzzedStruct.bitsOfPage(bit, type.bits());
    switch (type.code()) {
      case Code.UINT -> assertThat(elements.getLong(index)).isEqualTo(there.longValue());
      case Code.INT ->
          assertThat(elements.getLong(index))
              .isEqualTo(there.longValue() << (64 - type.bits()) >> (64 - type.bits()));
      case Code.BOOL -> assertThat(elements.getBoolean(index)).isEqualTo(there.signum() != 0);
      case Code.COMPLEX ->
          elements.imaginary().getDouble(index); // the farther half; the values are others' tests
      default -> elements.getDouble(index);
    }
  }

  private static void assertReused(
      FuzzedStruct struct, TensorImporter importer, ImportModel model) {
    try (ReusableTensor reusable = importer.reusable()) {
      reusable.adopt(struct.pointer().address());
      assertThat(BigInteger.valueOf(reusable.elementCount())).isEqualTo(model.count());
      assertThat(reusable.isContiguous()).isEqualTo(model.isContiguous());
      boolean integer =
          reusable.dataType().isKnown()
              && reusable.dataType().lanes() == 1
              && reusable.dataType().code() <= Code.UINT;
      if (integer && reusable.device().isHostAccessible() && FuzzedStruct.isInPage(model)) {
        readLast(reusable);
      }
      end(struct, reusable::close, reusable::transferOut);
    }
  }

  private static void readLast(ReusableTensor reusable) {
    if (reusable.ndim() == 1) {
      reusable.getLong(reusable.shape(0) - 1);
    } else if (reusable.ndim() == 2) {
      reusable.getDouble(reusable.shape(0) - 1, reusable.shape(1) - 1);
    }
  }
}
