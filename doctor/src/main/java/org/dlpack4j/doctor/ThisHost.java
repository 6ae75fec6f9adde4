package org.dlpack4j.doctor;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.JarURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.doctor.internal.Attempt;
import org.dlpack4j.doctor.internal.Kernel;
import org.dlpack4j.doctor.internal.LinuxKernel;

/** The machine and the JVM that this runs on. Programs are asked from the start, all at once. */
final class ThisHost implements Host, AutoCloseable {

  /** Starting a driver of many GPUs takes seconds; everything together must end within ten. */
  private static final Duration TIMEOUT = Duration.ofSeconds(6);

  private static final List<String> SMALL_JVM =
      List.of(
          "-Xmx64m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:-CreateCoredumpOnCrash",
          "-XX:+ErrorFileToStderr",
          Check.NATIVE_ACCESS_FLAG);

  // Before anybody uses it: a JVM that only warns grants it then.
  private final boolean nativeAccess = DataType.class.getModule().isNativeAccessEnabled();

  private final URLClassLoader lookedAt;
  private final Kernel kernel = new LinuxKernel();
  private final Inquiry cuda = Inquiry.start(jvm(CudaProbe.class, List.of()), TIMEOUT);
  private final Inquiry trials = Inquiry.start(jvm(CudaTrialProbe.class, List.of()), TIMEOUT);
  private final Inquiry unsafe = Inquiry.start(jvm(UnsafeProbe.class, unsafeFlags()), TIMEOUT);
  private final Optional<Path> pythonProgram = program("python3");
  private final Optional<Inquiry> python =
      pythonProgram.map(program -> Inquiry.start(PythonFacts.question(program), TIMEOUT));

  /** Looks for jars in these, too, beside this JVM's own class path. */
  ThisHost(List<Path> classPath) {
    lookedAt = new URLClassLoader(classPath.stream().map(ThisHost::url).toArray(URL[]::new));
  }

  private static List<String> unsafeFlags() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--sun-misc-unsafe-memory-access="))
        .toList();
  }

  private static URL url(Path file) {
    try {
      return file.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String property(String name) {
    return System.getProperty(name, "");
  }

  @Override
  public Optional<String> variable(String name) {
    return Optional.ofNullable(System.getenv(name));
  }

  @Override
  public Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      return Optional.empty(); // The kernel has not got this one, or keeps it to itself.
    }
  }

  @Override
  public Optional<Path> program(String name) {
    return Arrays.stream(variable("PATH").orElse("").split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Override
  public Optional<Path> jarWith(String resource) {
    URL url = lookedAt.getResource(resource);
    if (url == null) {
      return Optional.empty();
    }
    try {
      if (url.openConnection() instanceof JarURLConnection jar) {
        return Optional.of(Path.of(URI.create(jar.getJarFileURL().toString())));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String file = url.toString();
    String folder = file.substring(0, file.length() - resource.length());
    return Optional.of(Path.of(URI.create(folder)));
  }

  @Override
  public boolean nativeAccess() {
    return nativeAccess;
  }

  @Override
  public boolean opens(String packageName) {
    return Object.class.getModule().isOpen(packageName, ThisHost.class.getModule());
  }

  @Override
  public Attempt unsafeMemory() throws InterruptedException {
    Answer answer = unsafe.answer();
    if (answer.value(UnsafeProbe.WORKS).isPresent()) {
      return new Attempt(true, "sun.misc.Unsafe gives memory to Arrow");
    }
    return new Attempt(
        false,
        answer
            .value(UnsafeProbe.FAULT)
            .or(answer::failure)
            .orElse("the process that tried it said nothing"));
  }

  @Override
  public Kernel kernel() {
    return kernel;
  }

  @Override
  public CudaFacts cuda() throws InterruptedException {
    return CudaFacts.of(cuda.answer());
  }

  @Override
  public Attempt cudaTrial(String what) throws InterruptedException {
    return CudaTrialProbe.read(trials.answer(), what);
  }

  @Override
  public Optional<PythonFacts> python() throws InterruptedException {
    if (python.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new PythonFacts(pythonProgram.orElseThrow(), python.get().answer()));
  }

  static List<String> jvm(Class<?> main, List<String> flags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SMALL_JVM);
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    return command;
  }

  @Override
  public void close() throws IOException {
    cuda.close();
    trials.close();
    unsafe.close();
    python.ifPresent(Inquiry::close);
    lookedAt.close();
  }
}
