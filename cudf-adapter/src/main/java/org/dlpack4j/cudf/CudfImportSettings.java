package org.dlpack4j.cudf;

import java.util.concurrent.atomic.LongAdder;
import org.dlpack4j.cuda.ReleasePolicy;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.importing.ImportPolicy;
import org.jspecify.annotations.Nullable;

/** What was asked for. Never changed once an importer has it. */
final class CudfImportSettings {
  /** Columns are never written, so that read-only tensors will do. */
  ImportPolicy policy = ImportPolicy.DEFAULT.anyDevice();

  ReleasePolicy release = ReleasePolicy.EVENTS;
  @Nullable CudfBudget budget;
  NullCounts nullCounts = NullCounts.NONE;
  @Nullable DeviceStream copying;
  LongAdder copiedBytes = new LongAdder();

  CudfImportSettings() {}

  CudfImportSettings(CudfImportSettings other) {
    policy = other.policy;
    release = other.release;
    budget = other.budget;
    nullCounts = other.nullCounts;
    copying = other.copying;
    copiedBytes = other.copiedBytes;
  }
}
