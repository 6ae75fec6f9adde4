package org.dlpack4j.it.child;

import java.io.File;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Runs the same program in several class loaders, each with the whole class path to itself. */
public final class ClassLoaders {

  private static final int LOADERS = 4;

  private ClassLoaders() {}

  public static void main(String[] args) throws Throwable {
    List<Class<?>> copies = new ArrayList<>();
    for (int i = 0; i < LOADERS; i++) {
      copies.add(newLoader().loadClass(DeleterChoice.class.getName()));
    }
    // Twice, so that each works on after all the others have come.
    for (int i = 0; i < 2; i++) {
      for (Class<?> copy : copies) {
        Expect.that("expected a copy of its own", copy != DeleterChoice.class);
        MethodHandles.lookup()
            .findStatic(copy, "main", MethodType.methodType(void.class, String[].class))
            .invoke(args);
      }
    }
  }

  private static ClassLoader newLoader() {
    URL[] urls =
        Pattern.compile(File.pathSeparator, Pattern.LITERAL)
            .splitAsStream(System.getProperty("java.class.path"))
            .map(entry -> url(Path.of(entry)))
            .toArray(URL[]::new);
    return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
  }

  private static URL url(Path entry) {
    try {
      return entry.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }
}
