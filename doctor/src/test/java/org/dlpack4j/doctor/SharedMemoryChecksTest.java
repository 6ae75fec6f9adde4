package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.doctor.internal.Attempt;
import org.dlpack4j.doctor.internal.Kernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels that are too old, and containers that forbid. */
class SharedMemoryChecksTest {

  private final FakeHost host = new FakeHost();

  @Test
  void everythingIsWellOnANewKernel() throws InterruptedException {
    assertThat(Adapter.SHARED_MEMORY.examine(host).state()).isEqualTo(State.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "4.19.0-27-amd64, 'no process descriptors, no seal against later writers'",
    "5.2.21, no process descriptors"
  })
  void anOldKernelIsToldByWhatItLacks(String release, String lost) throws InterruptedException {
    host.properties.put("os.version", release);

    assertThat(verdict("kernel").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("kernel").found()).isEqualTo(release + ": " + lost);
    assertThat(verdict("kernel").fix()).isEqualTo("use Linux 5.3 or later");
  }

  @Test
  void withoutTheNewerSealPeersCanWrite() throws InterruptedException {
    host.kernel.knownSeals = Kernel.F_SEAL_SHRINK | Kernel.F_SEAL_GROW;

    assertThat(verdict("sealed memory files").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("sealed memory files").found()).contains("fcntl: EINVAL", "can write");
    assertThat(verdict("sealed memory files").fix()).isEqualTo("use Linux 5.1 or later");
  }

  @Test
  void withoutMemoryFilesThereIsNoSharedMemory() throws InterruptedException {
    host.kernel.memoryFile = new Attempt(false, "memfd_create: EPERM");

    assertThat(verdict("sealed memory files").state()).isEqualTo(State.MISSING);
    assertThat(verdict("sealed memory files").found()).isEqualTo("memfd_create: EPERM");
    assertThat(verdict("sealed memory files").fix()).contains("allow memfd_create");
  }

  @Test
  void withoutProcessDescriptorsTheSocketMustDo() throws InterruptedException {
    host.kernel.processDescriptor = new Attempt(false, "pidfd_open: ENOSYS");

    assertThat(verdict("process descriptors").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("process descriptors").found())
        .startsWith("pidfd_open: ENOSYS: the end of a peer is seen by its socket alone");
    assertThat(verdict("process descriptors").fix()).contains("5.3", "allow pidfd_open");
  }

  @Test
  void withoutProcNothingIsReached() throws InterruptedException {
    host.files.remove("/proc/self/limits");

    assertThat(verdict("/proc").state()).isEqualTo(State.MISSING);
    assertThat(verdict("/proc").fix()).isEqualTo("mount -t proc proc /proc");
    assertThat(verdict("limits").found()).contains("open files unknown");
  }

  @ParameterizedTest
  @CsvSource({"1023, DEGRADED", "1024, OK", "unlimited, OK"})
  void fewOpenFilesAreTooFew(String files, State state) throws InterruptedException {
    host.files.put("/proc/self/limits", "Max open files   " + files + "   4096   files\n");

    assertThat(verdict("limits").state()).isEqualTo(state);
    assertThat(verdict("limits").found()).startsWith("open files " + files);
  }

  @Test
  void hugePagesAreNotNeeded() throws InterruptedException {
    String folder = "/sys/kernel/mm/transparent_hugepage/";
    host.files.put(folder + "shmem_enabled", "always advise [never]");
    host.kernel.huge = new Attempt(false, "mmap: ENOMEM");

    assertThat(verdict("transparent huge pages").state()).isEqualTo(State.NOT_NEEDED);
    assertThat(verdict("transparent huge pages").found())
        .isEqualTo("memory: madvise, files in memory: never");
    assertThat(verdict("reserved huge pages").state()).isEqualTo(State.NOT_NEEDED);
    assertThat(verdict("reserved huge pages").fix()).contains("vm.nr_hugepages");
    host.files.remove(folder + "enabled");
    assertThat(verdict("transparent huge pages").found()).isEqualTo("this kernel has none");
  }

  private Verdict verdict(String check) throws InterruptedException {
    return host.verdict(Adapter.SHARED_MEMORY, check);
  }
}
