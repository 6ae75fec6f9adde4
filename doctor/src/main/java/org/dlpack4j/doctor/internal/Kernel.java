package org.dlpack4j.doctor.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What the checks try out with system calls. */
public interface Kernel {

  int F_SEAL_SHRINK = 0x2;
  int F_SEAL_GROW = 0x4;
  int F_SEAL_FUTURE_WRITE = 0x10;

  /** Makes a file in memory, seals it, and sees whether the seals hold. */
  Attempt sealedMemoryFile(int seals);

  /** Maps a file in memory that is made of huge pages. */
  Attempt hugeMemoryFile();

  /** Opens a descriptor of this process, by which another one could see it end. */
  Attempt processDescriptor();

  /** Maps a file of a folder as code, as loading a library from it does. */
  Attempt executableFile(Path folder) throws IOException;

  /** The version of glibc; empty if the C library is another. */
  Optional<String> glibcVersion();
}
