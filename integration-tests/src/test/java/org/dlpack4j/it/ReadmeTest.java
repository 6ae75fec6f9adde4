package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.demo.Demo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README promises, and docs that have whole programs. */
class ReadmeTest {

  private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern PYTHON = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL);

  /** cuDF's libraries, which its adapter's build has unpacked. */
  private static final Path CUDF = Path.of("../cudf-adapter/target/cudf-natives");

  @TempDir private Path folder;

  @Test
  void theFirstProgramIsShortAndWorksAsPasted() throws IOException {
    assertThat(outputOf("First.java", 0))
        .containsPattern("consumer sees 0x[0-9a-f]+")
        .contains("float64[3] on cpu", "released: true");
  }

  @Test
  void theSecondProgramIsShortAndWorksAsPasted() throws IOException {
    assertThat(outputOf("Second.java", 1))
        .contains("imported tensor int64[3, 2] on cpu, held, the last goes to 4")
        .contains("shape: expected at most 4 elements but found 6. It has been discarded");
  }

  @Test
  void theThirdProgramIsShortAndWorksAsPasted() throws IOException {
    assertThat(outputOf("Third.java", 2))
        .contains("(from uint32 Symbol[], to uint32 Symbol[]), 3 rows, the last goes to 4")
        .contains("column to, data: expected uint32, or a reinterpretation of to to be asked for,")
        .contains("but found int32. All tensors have been discarded");
  }

  @Test
  void theFourthProgramIsShortAndWorksAsPasted() throws IOException {
    assertThat(outputOf("Fourth.java", 3)).contains("Python sees (1.5, 2.5, 3.5)");
  }

  @Test
  void theFifthProgramIsShortAndWorksAsPasted() throws IOException {
    assertThat(program("Fifth.java", 4).wholeClassPath().runsWell().output())
        .contains("same [0.5, 1.5, 2.5]");
  }

  @Test
  void thePythonProgramIsShortAndWorksAsPasted() throws IOException {
    String source = source(PYTHON, 0);
    List<String> command =
        List.of(
            PythonEnvironment.pythonWithPackage().toString(),
            Files.writeString(folder.resolve("sixth.py"), source).toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            System.getProperty("java.class.path"));
    ChildProcess child = ChildProcess.run(command, ChildJvm.TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output()).contains("Java sees float64[3] on cpu", "Python sees [1.5 2.5 3.5]");
  }

  @Test
  void theProgramForGpusIsShortAndWorksAsPasted() throws IOException {
    assertThat(outputWithCudf(program("Seventh.java", 5)))
        .contains("rows=4, type=FLOAT32", "is float32[4] on cuda:0", "same place: true");
  }

  @Test
  void theProgramForTablesOfCudfWorksAsPasted() throws IOException {
    String source = source(Path.of("../docs/cudf.md"), PROGRAM, 0);
    Path file = Files.writeString(folder.resolve("Batch.java"), source);
    assertThat(outputWithCudf(ChildJvm.ofSource(file)))
        .contains("4 rows, bytes that cuDF cannot spill: 64");
  }

  private String outputWithCudf(ChildJvm program) throws IOException {
    Path driver = Files.createDirectory(folder.resolve("driver"));
    CudaSimulator.unpack(driver);
    return program
        .wholeClassPath()
        .environment("LD_LIBRARY_PATH=" + driver)
        .flags("-Dai.rapids.cudf.lib-native-dir=" + CUDF.toAbsolutePath())
        .runsWell()
        .output();
  }

  private String outputOf(String name, int number) throws IOException {
    return program(name, number).runsWell().output();
  }

  private ChildJvm program(String name, int number) throws IOException {
    return ChildJvm.ofSource(Files.writeString(folder.resolve(name), source(PROGRAM, number)));
  }

  private static String source(Pattern program, int number) throws IOException {
    String source = source(Path.of("../README.md"), program, number);
    assertThat(source.lines().count()).isLessThan(25);
    return source;
  }

  private static String source(Path file, Pattern program, int number) throws IOException {
    String text = Files.readString(file);
    return program.matcher(text).results().skip(number).findFirst().orElseThrow().group(1);
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
    assertThat(child.output())
        .contains("address in C: 0x", "Java: libtorch made float64[10000000]", "bytes copied: 0");
  }
}
