package org.dlpack4j.importing;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;

/** Policies and numbers of a fuzzer's choice. */
final class FuzzedPolicy {

  private static final long[] TELLING = {
    Long.MIN_VALUE, Long.MAX_VALUE, -1, 0, 1, 4095, 4096, Long.MAX_VALUE - 4096, 1L << 31, 1L << 32
  };

  private FuzzedPolicy() {}

  static ImportPolicy policy(FuzzedDataProvider data) {
    ImportPolicy policy = data.consumeByte() > 64 ? ImportPolicy.STRICT : ImportPolicy.DEFAULT;
    policy = maybe(data, policy, ImportPolicy::anyDevice);
    policy = maybe(data, policy, ImportPolicy::anyDataType);
    policy = maybe(data, policy, ImportPolicy::allowLanes);
    policy = maybe(data, policy, ImportPolicy::allowUnaligned);
    policy = maybe(data, policy, ImportPolicy::requireContiguous);
    policy = maybe(data, policy, ImportPolicy::requireWritable);
    policy = maybe(data, policy, ImportPolicy::assumeWritable);
    policy = maybe(data, policy, was -> was.onlyFlags(number(data)));
    policy = maybe(data, policy, was -> was.maxElements(number(data)));
    policy = maybe(data, policy, was -> was.maxBytes(number(data)));
    policy = maybe(data, policy, was -> was.requireAlignment(1 << data.consumeInt(0, 12)));
    policy = maybe(data, policy, was -> ndim(was, data));
    policy = maybe(data, policy, was -> was.onlyDevices(several(data, FuzzedPolicy::devices)));
    return maybe(data, policy, was -> was.onlyDataTypes(several(data, FuzzedPolicy::types)));
  }

  private static ImportPolicy maybe(
      FuzzedDataProvider data, ImportPolicy policy, UnaryOperator<ImportPolicy> change) {
    return data.consumeByte() > 110 ? change.apply(policy) : policy;
  }

  private static ImportPolicy ndim(ImportPolicy policy, FuzzedDataProvider data) {
    int fewest = data.consumeInt(0, 3);
    return policy.ndim(fewest, data.consumeInt(fewest, ImportPolicy.MAX_NDIM));
  }

  private static <T> T several(FuzzedDataProvider data, Function<FuzzedDataProvider, T> made) {
    return made.apply(data);
  }

  private static Device[] devices(FuzzedDataProvider data) {
    return IntStream.range(0, data.consumeInt(0, 2))
        .mapToObj(_ -> new Device(data.consumeInt(-1, 20), data.consumeInt(-1, 2)))
        .toArray(Device[]::new);
  }

  private static DataType[] types(FuzzedDataProvider data) {
    return IntStream.range(0, data.consumeInt(0, 3))
        .mapToObj(
            _ ->
                new DataType(
                    data.consumeInt(0, 20), 1 << data.consumeInt(0, 7), data.consumeInt(0, 2)))
        .toArray(DataType[]::new);
  }

  /** Small, telling, near a power of two, or anything. */
  static long number(FuzzedDataProvider data) {
    return switch (data.consumeInt(0, 5)) {
      case 0, 1 -> data.consumeInt(-4, 12);
      case 2 -> data.pickValue(TELLING) + data.consumeInt(-8, 8);
      case 3 -> (1L << data.consumeInt(0, 63)) + data.consumeInt(-9, 9);
      case 4 -> -(1L << data.consumeInt(0, 63)) + data.consumeInt(-9, 9);
      default -> data.consumeLong();
    };
  }
}
