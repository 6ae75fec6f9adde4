package org.dlpack4j.doctor;

import java.util.List;

/** What memory of NVIDIA GPUs needs: their driver. */
final class CudaChecks {

  private static final String INSTALL =
      "install NVIDIA's driver; in a container, start it with the GPUs (docker run --gpus all)";

  static final List<Check> ALL =
      List.of(
          new Check("libcuda.so.1", CudaChecks::library),
          new Check("driver", CudaChecks::driver),
          new Check("GPUs", CudaChecks::gpus),
          new Check("libnvrtc", CudaChecks::compiler),
          Jars.optional(
              "jcuda",
              "jcuda/driver/JCudaDriver.class",
              "org.jcuda:jcuda:12.6.0",
              "only to meet programs that use it"));

  private CudaChecks() {}

  private static Verdict library(Host host) throws InterruptedException {
    CudaFacts cuda = host.cuda();
    return cuda.libraryFault()
        .map(fault -> Verdict.missing(fault, INSTALL))
        .orElseGet(() -> Verdict.ok("can be loaded"));
  }

  private static Verdict driver(Host host) throws InterruptedException {
    CudaFacts cuda = host.cuda();
    if (cuda.libraryFault().isPresent()) {
      return Verdict.missing("none", INSTALL);
    }
    return cuda.fault()
        .map(
            fault ->
                Verdict.broken(
                    fault, "see what nvidia-smi says; in a container, start it with the GPUs"))
        .orElseGet(() -> Verdict.ok("for CUDA up to " + cuda.versionText()));
  }

  private static Verdict gpus(Host host) throws InterruptedException {
    CudaFacts cuda = host.cuda();
    if (!cuda.gpus().isEmpty()) {
      return Verdict.ok(cuda.gpus().size() + ": " + String.join("; ", cuda.gpus()));
    }
    boolean driverWorks = cuda.libraryFault().isEmpty() && cuda.fault().isEmpty();
    return Verdict.missing(
        "none",
        driverWorks
            ? "see whether CUDA_VISIBLE_DEVICES hides them, and what nvidia-smi says"
            : "make the driver work first, on a machine that has one");
  }

  private static Verdict compiler(Host host) throws InterruptedException {
    return host.cuda()
        .compiler()
        .map(Verdict::ok)
        .orElseGet(
            () ->
                Verdict.notNeeded(
                    "not found; only to compile CUDA C at run time",
                    "install NVIDIA's package cuda-nvrtc, of the driver's CUDA version"));
  }
}
