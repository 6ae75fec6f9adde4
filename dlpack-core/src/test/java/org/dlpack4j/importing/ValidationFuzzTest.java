package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigInteger;
import java.util.List;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.Violation.Field;

/** Any snapshot under any policy: the model must come to the same verdict. */
class ValidationFuzzTest {

  @FuzzTest(maxDuration = "") // as long as the caller wants
  void judgesAsTheModelDoes(FuzzedDataProvider data) {
    ImportPolicy policy = FuzzedPolicy.policy(data);
    Snapshot tensor = tensor(data, policy.rules().mostDimensions);
    Validation validation = new Validation(tensor);

    List<Violation> violations = validation.violations(policy.rules());

    ImportModel model = new ImportModel(tensor, policy.rules());
    if (violations.isEmpty() != model.accepts()) {
      throw new AssertionError("the model says otherwise of " + model + ": " + violations);
    }
    if (violations.isEmpty()) {
      assertLocated(validation, model);
    } else {
      assertThat(violations.toString()).contains("expected").contains("found");
    }
  }

  private static void assertLocated(Validation validation, ImportModel model) {
    assertThat(validation.isLocated()).isTrue();
    assertThat(BigInteger.valueOf(validation.lowByte())).isEqualTo(model.lowByte());
    assertThat(BigInteger.valueOf(validation.endByte())).isEqualTo(model.endByte());
    assertThat(BigInteger.valueOf(validation.elementCount())).isEqualTo(model.count());
    assertThat(validation.isEmpty()).isEqualTo(model.isEmpty());
    assertThat(validation.isContiguous()).isEqualTo(model.isContiguous());
    assertThat(validation.isReadOnly()).isEqualTo(model.isReadOnly());
  }

  private static Snapshot tensor(FuzzedDataProvider data, int mostDimensions) {
    Snapshot tensor = new Snapshot();
    tensor.flavour = data.consumeBoolean() ? Flavour.VERSIONED : Flavour.LEGACY;
    tensor.managed = pointer(data);
    tensor.major = unusual(data) ? data.consumeInt() : 1;
    tensor.minor = unusual(data) ? data.consumeInt() : data.consumeInt(0, 4);
    tensor.deleter = pointer(data);
    tensor.flags = unusual(data) ? data.consumeLong() : data.consumeInt(0, 7);
    tensor.data = pointer(data);
    tensor.deviceType = unusual(data) ? data.consumeInt() : data.consumeInt(1, 20);
    tensor.deviceId = unusual(data) ? data.consumeInt() : 0;
    tensor.dtype = unusual(data) ? data.consumeInt() : usualType(data);
    tensor.shapeAddress = pointer(data);
    tensor.stridesAddress = data.consumeBoolean() ? pointer(data) : 0;
    tensor.byteOffset = data.consumeBoolean() ? FuzzedPolicy.number(data) : 0;
    for (Field field : List.of(Field.MANAGED, Field.DELETER, Field.SHAPE, Field.STRIDES)) {
      if (data.consumeByte() > 125) {
        tensor.markUnreadable(field);
      }
    }
    tensor.ndim = unusual(data) ? (int) FuzzedPolicy.number(data) : data.consumeInt(0, 4);
    if (tensor.ndim >= 0 && tensor.ndim <= mostDimensions) {
      tensor.shape = new long[tensor.ndim];
      tensor.strides = new long[tensor.ndim];
      for (int axis = 0; axis < tensor.ndim; axis++) {
        tensor.shape[axis] = unusual(data) ? FuzzedPolicy.number(data) : data.consumeInt(0, 5);
        tensor.strides[axis] = unusual(data) ? FuzzedPolicy.number(data) : data.consumeInt(-9, 30);
      }
    }
    tensor.headerRead = isRead(tensor, Field.MANAGED, tensor.managed);
    tensor.shapeRead = tensor.ndim == 0 || isRead(tensor, Field.SHAPE, tensor.shapeAddress);
    tensor.stridesRead =
        tensor.ndim == 0
            || tensor.stridesAddress == 0
            || isRead(tensor, Field.STRIDES, tensor.stridesAddress);
    return tensor;
  }

  private static boolean isRead(Snapshot tensor, Field field, long address) {
    return Snapshot.isStructPointer(address) && !tensor.isUnreadable(field);
  }

  private static boolean unusual(FuzzedDataProvider data) {
    return data.consumeByte() > 100;
  }

  private static long pointer(FuzzedDataProvider data) {
    return unusual(data) ? FuzzedPolicy.number(data) : 0x10000 + 8 * data.consumeInt(0, 7);
  }

  private static int usualType(FuzzedDataProvider data) {
    int bits = data.consumeBoolean() ? 1 << data.consumeInt(0, 7) : data.consumeInt(0, 12);
    return data.consumeInt(0, 18) | bits << 8 | data.consumeInt(0, 3) << 16;
  }
}
