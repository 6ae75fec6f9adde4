package org.dlpack4j.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a user may want to work, each with what it needs. Those yet to be written are among them.
 */
enum Adapter {
  CORE("values, exports, imports", CoreChecks.ALL),
  SHIM("deleters in C", ShimChecks.ALL),
  SHARED_MEMORY("the same bytes in two processes", SharedMemoryChecks.ALL),
  ARROW("Arrow vectors", ArrowChecks.ALL),
  CUDA("memory of NVIDIA GPUs", CudaChecks.ALL),
  CUDF("cuDF columns", CudfChecks.ALL),
  ONNXRUNTIME("ONNX Runtime values", OnnxruntimeChecks.ALL),
  PY4J("Python beside the JVM", PythonChecks.ALL),
  SPARK("Spark batches", SparkChecks.ALL);

  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // List.of makes immutable ones.
  private final List<Check> checks;

  Adapter(String title, List<Check> checks) {
    this.title = title;
    this.checks = checks;
  }

  String title() {
    return title;
  }

  /** As people and programs read it. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  Section examine(Host host) throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    for (Check check : checks) {
      findings.add(check.on(host));
    }
    return new Section(this, List.copyOf(findings));
  }
}
