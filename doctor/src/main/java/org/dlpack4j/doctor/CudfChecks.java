package org.dlpack4j.doctor;

import java.util.List;

/** What cuDF columns need: cudf-java, its libraries, and a driver that is new enough for them. */
final class CudfChecks {

  private static final String COORDINATES = "ai.rapids:cudf:26.08.1 with the classifier cuda13";

  /** As {@link CudaFacts#version}: CUDA 13.0, of the classifier. */
  private static final int OLDEST_DRIVER = 13_000;

  static final List<Check> ALL =
      List.of(
          Jars.required("cudf", "ai/rapids/cudf/NativeDepsLoader.class", COORDINATES),
          new Check("libcudf.so", CudfChecks::natives),
          new Check("driver for cudf", CudfChecks::driver));

  private CudfChecks() {}

  private static Verdict natives(Host host) {
    String platform = host.property("os.arch") + "/" + host.property("os.name");
    return host.jarWith(platform + "/libcudf.so")
        .map(jar -> Verdict.ok("in " + jar.getFileName()))
        .orElseGet(
            () ->
                Verdict.missing(
                    "no " + platform + "/libcudf.so on the class path that was looked at",
                    "add " + COORDINATES + ", and look again with --class-path"));
  }

  private static Verdict driver(Host host) throws InterruptedException {
    CudaFacts cuda = host.cuda();
    if (cuda.fault().isPresent()) {
      return Verdict.missing("one that does not work", "make it work first, as under cuda");
    }
    if (cuda.version() >= OLDEST_DRIVER) {
      return Verdict.ok("for CUDA up to " + cuda.versionText());
    }
    return Verdict.missing(
        cuda.version() == 0 ? "none" : "for CUDA up to " + cuda.versionText() + ", not 13.0",
        "install a driver for CUDA 13.0 or later, which the classifier cuda13 needs");
  }
}
