package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM with this one's class path, for tests of what a JVM has only one of. */
public final class ChildJvm {

  private ChildJvm() {}

  /** Runs a program with flags for the JVM, and fails unless it exits with 0: what it printed. */
  public static String runsWell(List<String> flags, Class<?> main, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null"));
    command.addAll(flags);
    if (!flags.contains("-cp")) {
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    }
    command.add(main.getName());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Path output = Files.createTempFile("child-", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    Process child = builder.start();
    try {
      boolean ended = child.waitFor(2 * CountingOwner.SECONDS, TimeUnit.SECONDS);
      String text = Files.readString(output, StandardCharsets.UTF_8);
      assertThat(ended).as("%s ends\n%s", command, text).isTrue();
      assertThat(child.exitValue()).as("%s\n%s", command, text).isZero();
      return text;
    } finally {
      child.destroyForcibly();
      Files.delete(output);
    }
  }
}
