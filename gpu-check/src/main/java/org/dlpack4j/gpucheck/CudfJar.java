package org.dlpack4j.gpucheck;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * cuDF's jar, which is too large to travel with the bundle: a file, or pieces {@code NAME.00},
 * {@code NAME.01} and so on beside {@code NAME.sha256}.
 */
final class CudfJar {

  private CudfJar() {}

  /**
   * Finds the jar, or joins it.
   *
   * @param path the jar, its name without an ending, or its first piece
   * @param scratch where it is joined
   * @throws IllegalArgumentException if it is not all there
   */
  static Path find(Path path, Path scratch) throws IOException {
    String name = path.toAbsolutePath().toString();
    String base = name.endsWith(".00") ? name.substring(0, name.length() - 3) : name;
    if (Files.isRegularFile(Path.of(base))) {
      return Path.of(base);
    }
    List<Path> pieces = pieces(base);
    if (pieces.isEmpty()) {
      throw new IllegalArgumentException(
          "--cudf: expected a jar or its pieces but found neither %s nor %s.00"
              .formatted(base, base));
    }
    return joined(base, pieces, scratch.resolve("cudf.jar"));
  }

  private static List<Path> pieces(String base) {
    List<Path> pieces = new ArrayList<>();
    Path piece = Path.of(base + ".00");
    while (Files.exists(piece)) {
      pieces.add(piece);
      piece = Path.of("%s.%02d".formatted(base, pieces.size()));
    }
    return pieces;
  }

  private static Path joined(String base, List<Path> pieces, Path jar) throws IOException {
    Path sum = Path.of(base + ".sha256");
    if (!Files.exists(sum)) {
      throw new IllegalArgumentException("--cudf: expected %s beside the pieces".formatted(sum));
    }
    String expected = Files.readString(sum).strip().split("\\s", 2)[0];
    String found = join(pieces, jar);
    if (!found.equals(expected)) {
      throw new IllegalArgumentException(
          "--cudf: expected SHA-256 %s of %d pieces but found %s; see whether all are there"
              .formatted(expected, pieces.size(), found));
    }
    return jar;
  }

  private static String join(List<Path> pieces, Path jar) throws IOException {
    MessageDigest digest = sha256();
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(jar), digest)) {
      for (Path piece : pieces) {
        Files.copy(piece, out);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }
}
