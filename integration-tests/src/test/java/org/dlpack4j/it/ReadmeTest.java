package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dlpack4j.demo.Demo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README promises. */
class ReadmeTest {

  private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @Test
  void theFirstProgramIsShortAndWorksAsPasted(@TempDir Path folder) throws IOException {
    Matcher program = PROGRAM.matcher(Files.readString(Path.of("../README.md")));
    assertThat(program.find()).isTrue();
    String source = program.group(1);
    assertThat(source.lines().count()).isLessThan(25);

    Path file = Files.writeString(folder.resolve("First.java"), source);
    ChildProcess child = ChildJvm.ofSource(file).runsWell();

    assertThat(child.output())
        .containsPattern("consumer sees 0x[0-9a-f]+")
        .contains("float64[3] on cpu", "released: true");
  }

  @Test
  void theDemoShowsTheSameAddressOnBothSidesAndNoCopies() {
    ChildProcess child =
        ChildJvm.of(
                Demo.class,
                NativeBuild.find("libcolumn-consumer.so"),
                Path.of("target/libtorch").toAbsolutePath())
            .wholeClassPath()
            .runsWell();

    List<String> lines = child.output().lines().toList();
    assertThat(lines).anyMatch(line -> line.startsWith("deleters: NATIVE"));
    assertThat(child.output()).contains("address in C: 0x", "bytes copied: 0");
  }
}
