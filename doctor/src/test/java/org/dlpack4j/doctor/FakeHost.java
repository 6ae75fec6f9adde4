package org.dlpack4j.doctor;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlpack4j.doctor.internal.Attempt;
import org.dlpack4j.doctor.internal.Kernel;

/** A machine that is as a test wants it; at first one that lacks nothing but jars. */
final class FakeHost implements Host {

  static final Path PYTHON = Path.of("/usr/bin/python3");

  final Map<String, String> properties =
      new HashMap<>(
          Map.of(
              "os.name", "Linux",
              "os.arch", "amd64",
              "os.version", "6.8.0-49-generic",
              "java.home", "/jdk",
              "java.vendor", "Somebody",
              "java.runtime.version", "25.0.3+9-LTS",
              "java.io.tmpdir", "/tmp"));
  final Map<String, String> variables = new HashMap<>();
  final Map<String, String> files =
      new HashMap<>(
          Map.of(
              "/proc/cpuinfo", "model name\t: Fast One\nflags\t\t: sse2 avx2 bmi2",
              "/proc/self/limits",
                  """
                  Max locked memory         8388608              8388608              bytes
                  Max open files            20000                20000                files
                  """,
              "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never",
              "/sys/kernel/mm/transparent_hugepage/shmem_enabled", "always [advise] never"));
  final Set<String> programs = new HashSet<>(Set.of("cc", "cmake"));
  final Map<String, String> jars = new HashMap<>();
  final FakeKernel kernel = new FakeKernel();

  boolean nativeAccess = true;
  boolean opensNio = true;
  Attempt unsafe = new Attempt(true, "memory given");
  Answer cuda = answer(0, "version\t13010", "gpu\tFake GPU, GPU-0", "compiler\tlibnvrtc.so.13");
  Answer trials =
      answer(
          0,
          "works-addresses\tof host and GPUs",
          "works-descriptor\texported",
          "works-handle\texported",
          "works-pinned\t16 MiB were pinned");
  Optional<Answer> python =
      Optional.of(answer(0, "version\t3.12.1", "executable\t/opt/python", "numpy\t2.1.3"));

  static Answer answer(int exitCode, String... lines) {
    return new Answer(exitCode, false, List.of(lines));
  }

  /** The one check of an adapter that has this name, on this machine. */
  Verdict verdict(Adapter adapter, String check) throws InterruptedException {
    return adapter.examine(this).findings().stream()
        .filter(finding -> finding.name().equals(check))
        .findFirst()
        .orElseThrow()
        .verdict();
  }

  @Override
  public String property(String name) {
    return properties.getOrDefault(name, "");
  }

  @Override
  public Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name));
  }

  @Override
  public Optional<String> text(Path file) {
    return Optional.ofNullable(files.get(file.toString()));
  }

  @Override
  public Optional<Path> program(String name) {
    return programs.contains(name) ? Optional.of(Path.of("/usr/bin", name)) : Optional.empty();
  }

  @Override
  public Optional<Path> jarWith(String resource) {
    return Optional.ofNullable(jars.get(resource)).map(Path::of);
  }

  @Override
  public boolean nativeAccess() {
    return nativeAccess;
  }

  @Override
  public boolean opens(String packageName) {
    return opensNio;
  }

  @Override
  public Attempt unsafeMemory() {
    return unsafe;
  }

  @Override
  public Kernel kernel() {
    return kernel;
  }

  @Override
  public CudaFacts cuda() {
    return CudaFacts.of(cuda);
  }

  @Override
  public Attempt cudaTrial(String what) {
    return CudaTrialProbe.read(trials, what);
  }

  @Override
  public Optional<PythonFacts> python() {
    return python.map(answer -> new PythonFacts(PYTHON, answer));
  }

  /** A kernel that can do everything unless told otherwise. */
  static final class FakeKernel implements Kernel {
    int knownSeals = -1;
    Attempt memoryFile = new Attempt(true, "sealed");
    Attempt huge = new Attempt(true, "huge");
    Attempt processDescriptor = new Attempt(true, "pidfd_open worked");
    Attempt executable = new Attempt(true, "mapped");
    Optional<String> glibc = Optional.of("2.36");

    @Override
    public Attempt sealedMemoryFile(int seals) {
      return (seals & ~knownSeals) == 0 ? memoryFile : new Attempt(false, "fcntl: EINVAL");
    }

    @Override
    public Attempt hugeMemoryFile() {
      return huge;
    }

    @Override
    public Attempt processDescriptor() {
      return processDescriptor;
    }

    @Override
    public Attempt executableFile(Path folder) {
      return executable;
    }

    @Override
    public Optional<String> glibcVersion() {
      return glibc;
    }
  }
}
