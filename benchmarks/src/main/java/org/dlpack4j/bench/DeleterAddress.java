package org.dlpack4j.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.io.File;
import java.lang.foreign.MemorySegment;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.TensorExporter;

/**
 * The deleter that exports get, as a consumer finds it. One copy of the core has one kind; for the
 * other, a second copy is loaded beside it.
 */
public final class DeleterAddress implements LongSupplier {

  private static final String KIND = "org.dlpack4j.deleter";

  /** Instantiated by name, in a second class loader. */
  public DeleterAddress() {}

  /** That of the core that this class sees. */
  static long here() {
    return new DeleterAddress().getAsLong();
  }

  /** That of a copy of the core with upcall stubs. */
  static long ofUpcalls() {
    String before = System.setProperty(KIND, "upcall");
    try {
      return ofCopy();
    } finally {
      if (before == null) {
        System.clearProperty(KIND);
      } else {
        System.setProperty(KIND, before);
      }
    }
  }

  private static long ofCopy() {
    List<URL> path = new ArrayList<>();
    try {
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        path.add(Path.of(entry).toUri().toURL());
      }
      // Never closed: its stub is called for as long as the process lives.
      ClassLoader copy =
          new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
      Class<?> type = copy.loadClass(DeleterAddress.class.getName());
      return ((LongSupplier) type.getConstructor().newInstance()).getAsLong();
    } catch (ReflectiveOperationException | MalformedURLException e) {
      throw new LinkageError("a second copy of dlpack-core cannot be loaded", e);
    }
  }

  @Override
  @SuppressWarnings("restricted") // The struct of an exported tensor of ours, before it is deleted.
  public long getAsLong() {
    MemorySegment managed =
        TensorExporter.export(Vector.view(), Owner.nonBlocking(() -> {}))
            .transferOut()
            .reinterpret(Flavour.VERSIONED.layout().byteSize());
    long deleter = managed.get(ADDRESS, Flavour.VERSIONED.deleter()).address();
    Baselines.consume(managed.address());
    return deleter;
  }
}
