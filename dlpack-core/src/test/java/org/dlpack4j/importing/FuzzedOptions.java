package org.dlpack4j.importing;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.dlpack4j.abi.Flavour;

/** How a table is to be imported, at a fuzzer's choice. */
record FuzzedOptions(
    Flavour flavour,
    ImportPolicy policy,
    boolean shared,
    OptionalLong rows,
    boolean allOffsets,
    Map<String, Set<Reinterpretation>> named) {

  static FuzzedOptions of(FuzzedDataProvider data, long usualRows) {
    ImportPolicy policy =
        data.consumeByte() > 100 ? FuzzedPolicy.policy(data) : ImportPolicy.DEFAULT;
    policy = data.consumeByte() > 112 ? policy.anyDevice() : policy;
    OptionalLong rows = OptionalLong.empty();
    if (data.consumeByte() > 90) {
      rows = OptionalLong.of(usualRows);
    } else if (data.consumeByte() > 120) {
      rows = OptionalLong.of(FuzzedPolicy.number(data) & Long.MAX_VALUE);
    }
    return new FuzzedOptions(
        data.consumeByte() > 90 ? Flavour.LEGACY : Flavour.VERSIONED,
        policy,
        data.consumeByte() > 124,
        rows,
        data.consumeBoolean(),
        new HashMap<>());
  }

  Set<Reinterpretation> reinterpretations(String path) {
    return named.getOrDefault(path, Set.of());
  }

  void reinterpret(String path, Reinterpretation how) {
    named.merge(
        path,
        Set.of(how),
        (some, more) -> {
          Set<Reinterpretation> all = new HashSet<>(some);
          all.addAll(more);
          return all;
        });
  }

  /** The same, with every pointer tried out. */
  FuzzedOptions probing() {
    return new FuzzedOptions(flavour, policy.probing(), shared, rows, allOffsets, named);
  }

  TableImporter importer() {
    TableImporter importer =
        (flavour == Flavour.LEGACY ? TableImporter.legacy() : TableImporter.versioned())
            .with(policy);
    importer = shared ? importer.shared() : importer;
    importer = rows.isPresent() ? importer.expectingRows(rows.getAsLong()) : importer;
    importer = allOffsets ? importer.checkingAllOffsets() : importer;
    for (Map.Entry<String, Set<Reinterpretation>> entry : named.entrySet()) {
      for (Reinterpretation how : entry.getValue()) {
        importer = importer.reinterpreting(how, entry.getKey());
      }
    }
    return importer;
  }
}
