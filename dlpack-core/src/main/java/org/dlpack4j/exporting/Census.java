package org.dlpack4j.exporting;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.OwnerKind;

/** Counts live exports by the kind of their owners. Calls nothing of an owner but its class. */
final class Census {

  private static final String NATIVE = OwnerKind.of(NativeOwner.class);

  private final int nowTicks;
  private final Map<String, LiveExports> kinds = new HashMap<>();

  Census(int nowTicks) {
    this.nowTicks = nowTicks;
  }

  void add(Owner owner, long bytes, int birth) {
    add(OwnerKind.of(owner), bytes, birth);
  }

  void addNative(long bytes, int birth) {
    add(NATIVE, bytes, birth);
  }

  private void add(String kind, long bytes, int birth) {
    kinds.merge(kind, new LiveExports(kind, 1, bytes, Birth.age(birth, nowTicks)), Census::sum);
  }

  private static LiveExports sum(LiveExports a, LiveExports b) {
    long bytes = a.bytes() + b.bytes();
    Duration oldest = a.oldest().compareTo(b.oldest()) > 0 ? a.oldest() : b.oldest();
    return new LiveExports(
        a.kind(), a.count() + b.count(), bytes < 0 ? Long.MAX_VALUE : bytes, oldest);
  }

  List<LiveExports> result() {
    return kinds.values().stream()
        .sorted(
            Comparator.comparingLong(LiveExports::bytes)
                .reversed()
                .thenComparing(LiveExports::kind))
        .toList();
  }
}
