package org.dlpack4j.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A jar in pieces, as bin/gpu-check --split cuts it. */
class CudfJarTest {

  private static final int BYTES = (2 << 20) + 12_345;

  @TempDir private Path folder;
  @TempDir private Path scratch;

  private final byte[] content = new byte[BYTES];

  @BeforeEach
  void split() throws IOException, InterruptedException {
    new Random(1).nextBytes(content);
    Path jar = Files.write(scratch.resolve("cudf.jar"), content);
    Process process =
        new ProcessBuilder("../bin/gpu-check", "--split", jar.toString(), folder.toString(), "1")
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("log").toFile())
            .start();
    assertThat(process.waitFor()).isZero();
    Files.delete(jar);
    assertThat(folder)
        .isDirectoryContaining("glob:**/cudf.jar.00")
        .isDirectoryContaining("glob:**/cudf.jar.02")
        .isDirectoryContaining("glob:**/cudf.jar.sha256");
  }

  @Test
  void piecesAreJoinedByTheNameOfTheirFirstOrOfTheWhole() throws IOException {
    for (String name : new String[] {"cudf.jar.00", "cudf.jar"}) {
      assertThat(CudfJar.find(folder.resolve(name), scratch)).hasBinaryContent(content);
    }
  }

  @Test
  void aWholeJarIsUsedWhereItIs() throws IOException {
    Path jar = Files.write(folder.resolve("whole.jar"), content);
    assertThat(CudfJar.find(jar, scratch)).isEqualTo(jar);
  }

  @Test
  void aPieceThatIsMissingIsFoundOut() throws IOException {
    Files.delete(folder.resolve("cudf.jar.02"));
    assertRefused("of 2 pieces but found");
  }

  @Test
  void aByteThatIsWrongIsFoundOut() throws IOException {
    byte[] piece = Files.readAllBytes(folder.resolve("cudf.jar.01"));
    piece[77]++;
    Files.write(folder.resolve("cudf.jar.01"), piece);
    assertRefused("--cudf: expected SHA-256 ");
  }

  @Test
  void piecesWithoutTheirSumAreRefused() throws IOException {
    Files.delete(folder.resolve("cudf.jar.sha256"));
    assertRefused("cudf.jar.sha256 beside the pieces");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> CudfJar.find(folder.resolve("cudf.jar.00"), scratch))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
