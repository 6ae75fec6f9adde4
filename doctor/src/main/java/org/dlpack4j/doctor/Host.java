package org.dlpack4j.doctor;

import java.nio.file.Path;
import java.util.Optional;
import org.dlpack4j.doctor.internal.Attempt;
import org.dlpack4j.doctor.internal.Kernel;

/** What the checks ask a machine. */
interface Host {

  /** A property of the JVM; empty if it is not set. */
  String property(String name);

  /** A variable of the environment. */
  Optional<String> variable(String name);

  /** What a small file says, of which the kernel has many. */
  Optional<String> text(Path file);

  /** Where a program is on the PATH. */
  Optional<Path> program(String name);

  /** The jar or folder that has a file, on the class path that is looked at. */
  Optional<Path> jarWith(String resource);

  /** Whether core was granted native access, before anybody used it. */
  boolean nativeAccess();

  /** Whether classes of the class path may look into a package of java.base. */
  boolean opens(String packageName);

  /** Whether sun.misc.Unsafe gives memory away. */
  Attempt unsafeMemory() throws InterruptedException;

  /** The kernel of Linux. */
  Kernel kernel();

  /** What NVIDIA's driver says. */
  CudaFacts cuda() throws InterruptedException;

  /** What came of having the driver do something with a GPU, by its name in the probe. */
  Attempt cudaTrial(String what) throws InterruptedException;

  /** What Python says; empty if there is none. */
  Optional<PythonFacts> python() throws InterruptedException;
}
