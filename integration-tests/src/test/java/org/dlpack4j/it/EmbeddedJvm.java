package org.dlpack4j.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.exporting.DeleterKind;

/** The C program that makes a JVM, destroys it, and deletes its tensors only then. */
final class EmbeddedJvm {

  private EmbeddedJvm() {}

  /**
   * Runs it.
   *
   * @param thread which deletes: {@code main-thread}, {@code new-thread}, or {@code old-thread},
   *     which has done so before
   */
  static ChildProcess deletesAfterTheEnd(String thread, DeleterKind deleter, Duration timeout) {
    List<String> command = new ArrayList<>();
    command.add(NativeBuild.find("jvm-launcher").toString());
    command.add(Path.of(System.getProperty("java.home"), "lib/server/libjvm.so").toString());
    command.add(ChildJvm.joined(List.of(ChildJvm.CORE, ChildJvm.SHIM, ChildJvm.TESTS)));
    command.add(thread);
    command.addAll(ChildJvm.crashFlags());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add(ChildJvm.deleterFlag(deleter));
    return ChildProcess.run(command, timeout);
  }
}
