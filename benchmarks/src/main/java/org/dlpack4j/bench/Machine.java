package org.dlpack4j.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the numbers come from.
 *
 * @param load how many threads wanted to run in the last minute, before we began
 */
record Machine(String processor, int cores, String jdk, String kernel, double load) {

  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  static Machine here() {
    return new Machine(
        modelName(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.vendor") + " " + System.getProperty("java.runtime.version"),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  private static String modelName() {
    String architecture = System.getProperty("os.arch");
    try {
      return Files.readAllLines(PROCESSORS).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(architecture);
    } catch (IOException e) {
      return architecture; // good enough
    }
  }

  @Override
  public String toString() {
    return "%s, %d cores, %s, %s, load %s"
        .formatted(processor, cores, jdk, kernel, Numbers.format(load));
  }
}
