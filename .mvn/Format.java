import com.google.googlejavaformat.java.Main;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Runs google-java-format over every Java file of the repository.
 *
 * <p>Arguments: {@code check} (report misformatted files, exit 1 if any) or {@code apply} (rewrite
 * them).
 */
public class Format {

  /** Folders that are no modules. */
  private static final Set<Path> WHOLE = Set.of(Path.of(".mvn"), Path.of("examples"));

  public static void main(String[] args) throws Exception {
    boolean apply = args[0].equals("apply");
    List<String> command = new ArrayList<>();
    command.addAll(apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    int options = command.size();
    try (var modules = Files.newDirectoryStream(Path.of("."), Files::isDirectory)) {
      for (Path module : modules) {
        Path root = WHOLE.contains(module.getFileName()) ? module : module.resolve("src");
        if (Files.isDirectory(root)) {
          try (var files = Files.walk(root)) {
            files.map(Path::toString).filter(f -> f.endsWith(".java")).forEach(command::add);
          }
        }
      }
    }
    if (command.size() == options) {
      return; // with no file named, google-java-format would stop with its usage text
    }
    var formatter =
        new Main(new PrintWriter(System.out, true), new PrintWriter(System.err, true), System.in);
    int exit = formatter.format(command.toArray(String[]::new));
    if (exit != 0 && !apply) {
      System.err.println(
          "The files above are misformatted: run mvn -q -N -Pformat process-sources");
    }
    System.exit(exit);
  }
}
