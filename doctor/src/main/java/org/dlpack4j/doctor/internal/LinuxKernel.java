package org.dlpack4j.doctor.internal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.dlpack4j.doctor.internal.SystemCall.Result;

/** The kernel of this machine. */
public final class LinuxKernel implements Kernel {

  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_HUGETLB = 4;
  private static final int F_ADD_SEALS = 1033;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int PROT_EXEC = 4;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int AT_FDCWD = -100;
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final long BYTES = 64 << 10; // A whole page, even where those are of 64 KiB.
  private static final long HUGE_PAGE = 2 << 20;

  @Override
  public Attempt sealedMemoryFile(int seals) {
    Result file = memoryFile(MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file.isRefused()) {
      return Attempt.failed(file.toString());
    }
    try {
      return seal(file.value(), seals);
    } finally {
      SystemCall.CLOSE.with(file.value());
    }
  }

  private static Attempt seal(long file, int seals) {
    Result sized = SystemCall.FTRUNCATE.with(file, BYTES);
    if (sized.isRefused()) {
      return Attempt.failed(sized.toString());
    }
    Result sealed = SystemCall.FCNTL.with(file, F_ADD_SEALS, seals);
    if (sealed.isRefused()) {
      return Attempt.failed("F_ADD_SEALS: " + sealed);
    }
    if ((seals & F_SEAL_SHRINK) != 0 && !isForbidden(SystemCall.FTRUNCATE.with(file, 0))) {
      return Attempt.failed("a file sealed against it can still shrink");
    }
    if ((seals & F_SEAL_GROW) != 0 && !isForbidden(SystemCall.FTRUNCATE.with(file, 2 * BYTES))) {
      return Attempt.failed("a file sealed against it can still grow");
    }
    if ((seals & F_SEAL_FUTURE_WRITE) != 0
        && !isForbidden(map(file, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED))) {
      return Attempt.failed("a file sealed against it can still be mapped for writing");
    }
    return Attempt.worked("a file in memory keeps its seals");
  }

  private static boolean isForbidden(Result result) {
    return result.isRefused() && result.errno() == SystemCall.EPERM;
  }

  @Override
  public Attempt hugeMemoryFile() {
    Result file = memoryFile(MFD_CLOEXEC | MFD_HUGETLB);
    if (file.isRefused()) {
      return Attempt.failed(file.toString());
    }
    try {
      Result sized = SystemCall.FTRUNCATE.with(file.value(), HUGE_PAGE);
      if (sized.isRefused()) {
        return Attempt.failed(sized.toString());
      }
      Result mapped = map(file.value(), HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
      return new Attempt(!mapped.isRefused(), "a file of huge pages: " + mapped);
    } finally {
      SystemCall.CLOSE.with(file.value());
    }
  }

  @Override
  public Attempt processDescriptor() {
    Result descriptor = SystemCall.PIDFD_OPEN.with(ProcessHandle.current().pid(), 0);
    if (!descriptor.isRefused()) {
      SystemCall.CLOSE.with(descriptor.value());
    }
    return new Attempt(!descriptor.isRefused(), descriptor.toString());
  }

  @Override
  public Attempt executableFile(Path folder) throws IOException {
    Path file = Files.createTempFile(folder, "dlpack4j-doctor-", ".bin");
    try {
      Files.write(file, new byte[1]);
      return mapAsCode(file);
    } finally {
      Files.delete(file);
    }
  }

  private static Attempt mapAsCode(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      long path = arena.allocateFrom(file.toString()).address();
      Result open = SystemCall.OPENAT.with(AT_FDCWD, path, O_RDONLY_CLOEXEC);
      if (open.isRefused()) {
        return Attempt.failed(open.toString());
      }
      Result mapped = map(open.value(), 1, PROT_READ | PROT_EXEC, MAP_PRIVATE);
      SystemCall.CLOSE.with(open.value());
      return new Attempt(!mapped.isRefused(), "a file mapped as code: " + mapped);
    }
  }

  /** Unmapped at once: nobody touches it. */
  private static Result map(long file, long bytes, long protection, long kind) {
    Result mapped = SystemCall.MMAP.with(0, bytes, protection, kind, file, 0);
    if (!mapped.isRefused()) {
      SystemCall.MUNMAP.with(mapped.value(), bytes);
    }
    return mapped;
  }

  private static Result memoryFile(long flags) {
    try (Arena arena = Arena.ofConfined()) {
      return SystemCall.MEMFD_CREATE.with(arena.allocateFrom("dlpack4j-doctor").address(), flags);
    }
  }

  @Override
  public Optional<String> glibcVersion() {
    return Linker.nativeLinker().defaultLookup().find("gnu_get_libc_version").map(Library::text);
  }
}
