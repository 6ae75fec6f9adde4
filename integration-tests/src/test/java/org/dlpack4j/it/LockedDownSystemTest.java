package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.DeleterChoice;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Systems that do not let a library be loaded from everywhere, made with a mount namespace. */
@Tag("abuse-25")
class LockedDownSystemTest {

  /** Files in memory have no name but in there. The shell becomes the JVM, with the same number. */
  private static final String NO_MEMORY_FILES = "mount -t tmpfs -o ro tmpfs /proc/$$/fd";

  @TempDir private Path folder;

  @BeforeAll
  static void skipWhereMountsAreRefused() {
    ChildProcess trial = trial();
    assumeTrue(
        trial.exitCode() == 0, () -> "mounts in a namespace of our own are refused: " + trial);
  }

  private static ChildProcess trial() {
    try {
      return ChildProcess.run(inNamespace(NO_MEMORY_FILES, List.of("true")), ChildJvm.TIMEOUT);
    } catch (UncheckedIOException e) {
      return abort("unshare cannot be started: " + e.getMessage());
    }
  }

  @Test
  void aTemporaryFolderWithoutExecutionDoesNotMatter() {
    ChildProcess child = run(noExecution(), DeleterKind.NATIVE);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output())
        .contains("NATIVE: libdlpack4j-shim from the jar, loaded from memory");
  }

  @Test
  void withoutFilesInMemoryTheTemporaryFolderServes() {
    ChildProcess child = run(NO_MEMORY_FILES, DeleterKind.NATIVE);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output())
        .contains("NATIVE: libdlpack4j-shim from the jar, loaded from " + folder);
    assertThat(folder).as("what the loader has mapped is deleted").isEmptyDirectory();
  }

  @Test
  void withNeitherTheMessageNamesBothAndWhatToDo() {
    ChildProcess child = run(NO_MEMORY_FILES + " && " + noExecution(), DeleterKind.NATIVE);
    assertThat(child.exitCode()).as("%s", child).isEqualTo(1);
    assertThat(child.output())
        .contains("from memory: ")
        .contains("from the temporary folder: " + folder)
        .contains("-Djava.io.tmpdir", "-Dorg.dlpack4j.shim.library");
  }

  private String noExecution() {
    return "mount -t tmpfs -o noexec tmpfs " + folder;
  }

  private ChildProcess run(String setUp, DeleterKind deleter) {
    ChildJvm child = ChildJvm.of(deleter, DeleterChoice.class).flags("-Djava.io.tmpdir=" + folder);
    return ChildProcess.run(inNamespace(setUp, child.command()), ChildJvm.TIMEOUT);
  }

  private static List<String> inNamespace(String setUp, List<String> command) {
    String script = setUp + " && exec \"$@\"";
    List<String> all = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", script));
    all.add("sh");
    all.addAll(command);
    return all;
  }
}
