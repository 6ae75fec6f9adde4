package org.dlpack4j.doctor;

import java.util.List;
import org.dlpack4j.doctor.internal.Attempt;

/** What memory of NVIDIA GPUs needs: their driver. */
final class CudaChecks {

  private static final String INSTALL =
      "install NVIDIA's driver; in a container, start it with the GPUs (docker run --gpus all)";

  static final List<Check> ALL =
      List.of(
          new Check("libcuda.so.1", CudaChecks::library),
          new Check("driver", CudaChecks::driver),
          new Check("GPUs", CudaChecks::gpus),
          new Check(
              "unified addresses",
              tried(
                  CudaTrialProbe.ADDRESSES,
                  "the driver cannot say what is at an address",
                  "use a GPU and a system that have them, such as Linux on 64 bits")),
          new Check(
              "shared by descriptor",
              tried(
                  CudaTrialProbe.DESCRIPTOR,
                  "CudaMemory.allocateShared fails",
                  "use CudaMemory.allocate, which goes by handle; in a container, see what it"
                      + " forbids")),
          new Check(
              "shared by handle",
              tried(
                  CudaTrialProbe.HANDLE,
                  "other processes get copies of ordinary memory",
                  "use CudaMemory.allocateShared, which goes by descriptor")),
          new Check(
              "pinned memory",
              tried(
                  CudaTrialProbe.PINNED,
                  "large copies from and to main memory fail",
                  "leave this process more memory; in a container, raise its limit")),
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

  /** What was tried with a GPU, if there is one. */
  private static Check.Question tried(String what, String loss, String fix) {
    return host -> {
      if (host.cuda().gpus().isEmpty()) {
        return Verdict.missing("not tried without a GPU", "make the driver work first");
      }
      Attempt attempt = host.cudaTrial(what);
      return attempt.works()
          ? Verdict.ok(attempt.found())
          : Verdict.degraded(attempt.found() + ": " + loss, fix);
    };
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
