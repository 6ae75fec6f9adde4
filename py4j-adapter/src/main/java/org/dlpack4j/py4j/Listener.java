package org.dlpack4j.py4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.dlpack4j.internal.SystemCalls;
import org.dlpack4j.internal.UnixSockets;

/** The socket that peers connect to. */
final class Listener implements AutoCloseable {

  private static final Set<PosixFilePermission> OURS_ALONE =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private static final int BACKLOG = 128;

  private final int fd;
  private final String name;
  private final Optional<Path> path;

  private Listener(int fd, String name, Optional<Path> path) {
    this.fd = fd;
    this.name = name;
    this.path = path;
  }

  /**
   * Opens one.
   *
   * @param directory where, or none for an abstract name
   * @throws IllegalArgumentException if others than this user may enter the directory
   * @throws IllegalStateException if the kernel refuses
   * @throws UnsupportedOperationException if this system has no such sockets
   */
  static Listener open(Optional<Path> directory) {
    directory.ifPresent(Listener::requireOursAlone);
    String random = Tickets.randomName();
    Optional<Path> path = directory.map(in -> in.toAbsolutePath().resolve(random));
    String name = path.map(Path::toString).orElse(random);
    int fd = descriptor("socket", UnixSockets.open());
    try {
      descriptor("bind to " + name, UnixSockets.bind(fd, name));
      descriptor("listen", UnixSockets.listen(fd, BACKLOG));
      return new Listener(fd, name, path);
    } catch (RuntimeException | Error e) {
      SystemCalls.close(fd);
      throw e;
    }
  }

  private static void requireOursAlone(Path directory) {
    try {
      Set<PosixFilePermission> found =
          Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS);
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || !OURS_ALONE.equals(found)) {
        throw new IllegalArgumentException(
            "socketDirectory: expected a directory of mode 0700 but found %s of %s; chmod 700 it"
                .formatted(directory, found));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "socketDirectory: expected a directory but found " + directory, e);
    }
  }

  /**
   * What a call returned.
   *
   * @throws IllegalStateException if it is an error
   */
  static int descriptor(String call, long result) {
    if (result < 0) {
      throw new IllegalStateException(
          "service: expected the kernel to %s but found error %d".formatted(call, -result));
    }
    return (int) result;
  }

  int fd() {
    return fd;
  }

  /** A path, or an abstract name. */
  String name() {
    return name;
  }

  @Override
  public void close() {
    SystemCalls.close(fd);
    if (path.isPresent()) {
      try {
        Files.deleteIfExists(path.get());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
