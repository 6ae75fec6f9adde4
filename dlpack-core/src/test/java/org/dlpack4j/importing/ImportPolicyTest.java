package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.dlpack4j.importing.ForeignTensor.legacy;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.importing.ImportPolicy.Rules;
import org.dlpack4j.importing.Violation.Code;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each method of a policy lets in or keeps out. */
class ImportPolicyTest {

  private static final ImportPolicy DEFAULT = ImportPolicy.DEFAULT;
  private static final Device CUDA = Device.cuda(0);
  private static final DataType FLOAT32X4 = new DataType(DataType.Code.FLOAT, 32, 4);

  private static List<Code> codes(ImportPolicy policy, ForeignTensor tensor) {
    return Refusal.violations(policy, tensor).stream().map(Violation::code).toList();
  }

  private static void assertAccepts(ImportPolicy policy, ForeignTensor tensor) {
    assertThat(codes(policy, tensor)).isEmpty();
  }

  private static void assertRefuses(ImportPolicy policy, ForeignTensor tensor, Code code) {
    assertThat(codes(policy, tensor)).containsExactly(code);
  }

  @Test
  void acceptsEveryTypeByItsNameInDlpack() {
    for (int code = 0; code <= 17; code++) {
      int bits = code == 5 ? 64 : code < 5 ? 16 : code < 15 ? 8 : code < 17 ? 6 : 4;
      if (code == DataType.Code.OPAQUE_HANDLE) {
        assertRefuses(DEFAULT, versioned().dataType(code, 64, 1), Code.DATA_TYPE_NOT_ALLOWED);
      } else {
        assertAccepts(DEFAULT, versioned().dataType(code, bits, 1));
      }
    }
  }

  @Test
  void acceptsTheDevicesAndTypesThatItNames() {
    ImportPolicy cuda = DEFAULT.onlyDevices(CUDA);
    assertAccepts(cuda, versioned().device(CUDA));
    assertRefuses(cuda, versioned(), Code.DEVICE_NOT_ALLOWED);
    assertRefuses(cuda, versioned().device(Device.cuda(1)), Code.DEVICE_NOT_ALLOWED);
    ImportPolicy four = DEFAULT.onlyDataTypes(FLOAT32X4);
    assertAccepts(four, versioned().dataType(FLOAT32X4));
    assertRefuses(four, versioned(), Code.DATA_TYPE_NOT_ALLOWED);
    DataType unknown = new DataType(99, 3, 7);
    assertAccepts(DEFAULT.onlyDataTypes(unknown), versioned().dataType(unknown));
  }

  @Test
  void acceptsNothingThatAnEmptyListNames() {
    assertRefuses(DEFAULT.onlyDevices(), versioned(), Code.DEVICE_NOT_ALLOWED);
    assertRefuses(DEFAULT.onlyDataTypes(), versioned(), Code.DATA_TYPE_NOT_ALLOWED);
  }

  @Test
  void acceptsAnyDeviceAndAnyType() {
    assertAccepts(DEFAULT.anyDevice(), versioned().device(new Device(12345, -3)));
    assertAccepts(DEFAULT.onlyDevices(CUDA).anyDevice(), versioned());
    assertAccepts(DEFAULT.anyDataType(), versioned().dataType(99, 3, 7));
    assertAccepts(DEFAULT.onlyDataTypes(FLOAT32X4).anyDataType(), versioned());
  }

  @Test
  void obeysTheLastWord() {
    assertRefuses(DEFAULT.anyDevice().onlyDevices(CUDA), versioned(), Code.DEVICE_NOT_ALLOWED);
    assertRefuses(
        DEFAULT.anyDataType().onlyDataTypes(FLOAT32X4), versioned(), Code.DATA_TYPE_NOT_ALLOWED);
    assertAccepts(DEFAULT.maxElements(1).maxElements(6), versioned());
    assertAccepts(DEFAULT.ndim(5, 6).ndim(0, 2), versioned());
  }

  @Test
  void allowsLanesOfKnownTypesOnly() {
    ImportPolicy lanes = DEFAULT.allowLanes();
    assertAccepts(lanes, versioned().dataType(FLOAT32X4));
    assertAccepts(lanes, versioned());
    assertRefuses(lanes, versioned().dataType(99, 32, 4), Code.DATA_TYPE_NOT_ALLOWED);
    assertRefuses(lanes, versioned().dataType(2, 32, 0), Code.EMPTY_DATA_TYPE);
    assertRefuses(DEFAULT, versioned().dataType(FLOAT32X4), Code.LANES_NOT_ALLOWED);
  }

  @Test
  void wantsTheAlignmentOfTheTypeAndItsOwn() {
    assertAccepts(DEFAULT.allowUnaligned(), versioned().byteOffset(1));
    assertRefuses(DEFAULT.requireAlignment(1), versioned().byteOffset(2), Code.UNALIGNED_DATA);
    assertAccepts(DEFAULT.requireAlignment(64), versioned().byteOffset(128));
    assertAccepts(DEFAULT.requireAlignment(1 << 30), versioned().shape(0));
    ForeignTensor handle = versioned().device(new Device(Device.Type.METAL, 0)).data(3);
    assertAccepts(DEFAULT.anyDevice().requireAlignment(64), handle);
    assertRefuses(
        DEFAULT.anyDevice().requireAlignment(64),
        versioned().device(CUDA).data(0x10020),
        Code.UNALIGNED_DATA);
  }

  @Test
  void wantsContiguousElements() {
    ImportPolicy contiguous = DEFAULT.requireContiguous();
    assertAccepts(contiguous, versioned());
    assertAccepts(contiguous, versioned().withoutStrides());
    assertAccepts(contiguous, versioned().shape(0, 5).strides(9, 9));
    assertAccepts(contiguous, versioned().shape(1, 5).strides(9, 1));
    assertRefuses(contiguous, versioned().strides(1, 2), Code.NOT_CONTIGUOUS);
    assertRefuses(contiguous, versioned().strides(3, -1), Code.NOT_CONTIGUOUS);
  }

  @Test
  void wantsTensorsThatMayBeWritten() {
    ImportPolicy writable = DEFAULT.requireWritable();
    assertAccepts(writable, versioned());
    assertRefuses(writable, versioned().flags(1), Code.NOT_WRITABLE);
    assertRefuses(writable, legacy(), Code.NOT_WRITABLE);
    assertAccepts(writable.assumeWritable(), legacy());
    assertRefuses(writable.assumeWritable(), versioned().flags(1), Code.NOT_WRITABLE);
    assertRefuses(writable.assumeWritable(), legacy().strides(0, 1), Code.NOT_WRITABLE);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, true", "0, 2, false", "2, 2, true", "-1, -9223372036854775801, true"})
  void acceptsTheFlagsThatItNames(long mask, long flags, boolean accepted) {
    List<Code> codes =
        codes(DEFAULT.onlyFlags(mask), versioned().dataType(DataType.INT4).flags(flags));

    assertThat(codes).isEqualTo(accepted ? List.of() : List.of(Code.FLAGS_NOT_ALLOWED));
  }

  @Test
  void countsElementsAndBytes() {
    assertAccepts(DEFAULT.maxElements(0), versioned().shape(0));
    assertRefuses(DEFAULT.maxElements(0), versioned().shape(), Code.TOO_LARGE);
    assertAccepts(DEFAULT.maxBytes(0), versioned().shape(0, 9));
    assertRefuses(DEFAULT.maxBytes(3), versioned().shape(), Code.TOO_LARGE);
    assertAccepts(DEFAULT.maxBytes(4), versioned().shape());
    assertAccepts(DEFAULT.maxBytes(4), versioned().strides(0, 0));
  }

  @Test
  void takesTheSpecificationToTheLetter() {
    ImportPolicy strict = ImportPolicy.STRICT;
    assertAccepts(strict, versioned());
    assertAccepts(strict, versioned().shape().withoutStrides());
    assertAccepts(strict, legacy().withoutStrides());
    assertAccepts(strict, versioned().version(1, 0).withoutStrides());
    assertAccepts(strict, versioned().device(new Device(Device.Type.CUDA_HOST, 0)));
    assertAccepts(strict.onlyDevices(Device.cuda(1)), versioned().device(Device.cuda(1)));
    assertRefuses(
        strict.onlyDevices(new Device(1, 4)),
        versioned().device(new Device(1, 4)),
        Code.DEVICE_ID_NOT_ZERO);
    assertAccepts(DEFAULT, versioned().device(new Device(1, 4)));
    assertAccepts(DEFAULT, versioned().strides(0, 0));
    assertAccepts(DEFAULT, versioned().withoutStrides());
    assertAccepts(DEFAULT, versioned().shape(0));
  }

  @ParameterizedTest
  @CsvSource({"-1, 3", "4, 3", "0, 129", "129, 129", "-2147483648, 2147483647"})
  void refusesDimensionsThatNobodyHas(int fewest, int most) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULT.ndim(fewest, most))
        .withMessage("ndim: expected a range within 0 to 128 but found %d to %d", fewest, most);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 3, 24, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void refusesAlignmentsThatAreNoPowerOfTwo(int bytes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULT.requireAlignment(bytes))
        .withMessage("alignment: expected a power of two but found %d", bytes);
  }

  @Test
  void takesTheEdgesOfItsArguments() {
    assertAccepts(DEFAULT.ndim(0, 0), versioned().shape());
    assertAccepts(DEFAULT.ndim(128, 128), versioned().shape(ones(128)));
    assertAccepts(DEFAULT.requireAlignment(1), versioned());
    assertRefuses(DEFAULT.requireAlignment(1 << 30), versioned().data(64), Code.IMPOSSIBLE_POINTER);
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Test
  @SuppressWarnings("NullAway") // On purpose.
  void refusesNull() {
    assertThatNullPointerException().isThrownBy(() -> DEFAULT.onlyDevices((Device) null));
    assertThatNullPointerException().isThrownBy(() -> DEFAULT.onlyDataTypes((DataType) null));
  }

  @Test
  void keepsItsListsWhenTheCallersChange() {
    Device[] devices = {CUDA};
    DataType[] types = {DataType.FLOAT32};
    ImportPolicy policy = DEFAULT.onlyDevices(devices).onlyDataTypes(types);

    devices[0] = Device.CPU;
    types[0] = DataType.INT8;

    assertAccepts(policy, versioned().device(CUDA));
  }

  @ParameterizedTest
  @MethodSource
  void givesAnotherPolicyAndStaysAsItIs(UnaryOperator<ImportPolicy> change)
      throws IllegalAccessException {
    for (ImportPolicy policy : List.of(DEFAULT, ImportPolicy.STRICT, DEFAULT.probing())) {
      Map<String, @Nullable Object> before = fields(policy.rules());

      ImportPolicy changed = change.apply(policy);

      assertThat(changed).isNotSameAs(policy);
      assertThat(fields(policy.rules())).isEqualTo(before);
      assertThat(differences(fields(changed.rules()), before))
          .as("only what it is for, everything else kept")
          .isBetween(policy.rules().probing ? 0L : 1L, 2L);
    }
  }

  static Stream<UnaryOperator<ImportPolicy>> givesAnotherPolicyAndStaysAsItIs() {
    return Stream.of(
        ImportPolicy::probing,
        policy -> policy.onlyDevices(CUDA),
        ImportPolicy::anyDevice,
        policy -> policy.onlyDataTypes(DataType.INT8),
        ImportPolicy::anyDataType,
        ImportPolicy::allowLanes,
        policy -> policy.ndim(1, 2),
        ImportPolicy::allowUnaligned,
        policy -> policy.requireAlignment(8),
        ImportPolicy::requireContiguous,
        ImportPolicy::requireWritable,
        ImportPolicy::assumeWritable,
        policy -> policy.onlyFlags(0),
        policy -> policy.maxElements(1),
        policy -> policy.maxBytes(1));
  }

  @Test
  void keepsEverythingThatWasSaidBefore() throws IllegalAccessException {
    ImportPolicy all = ImportPolicy.STRICT;
    for (UnaryOperator<ImportPolicy> change : givesAnotherPolicyAndStaysAsItIs().toList()) {
      all = change.apply(all);
    }

    Map<String, @Nullable Object> fields = fields(all.rules());
    Map<String, @Nullable Object> defaults = fields(DEFAULT.rules());
    assertThat(fields.keySet())
        .as("fields that still have their default")
        .allMatch(name -> !Objects.equals(fields.get(name), defaults.get(name)));
    assertThat(fields(all.ndim(1, 2).rules())).isEqualTo(fields);
  }

  private static long differences(
      Map<String, @Nullable Object> some, Map<String, @Nullable Object> others) {
    return some.keySet().stream()
        .filter(name -> !Objects.equals(some.get(name), others.get(name)))
        .count();
  }

  private static Map<String, @Nullable Object> fields(Rules rules) throws IllegalAccessException {
    Map<String, @Nullable Object> fields = new HashMap<>();
    for (Field field : Rules.class.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
        fields.put(field.getName(), field.get(rules));
      }
    }
    return fields;
  }
}
