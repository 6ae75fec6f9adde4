package org.dlpack4j.gpucheck;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.nio.file.Path;
import java.util.Set;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs all tests of a jar, which is on the class path. */
public final class JUnitRun implements TestExecutionListener {

  private JUnitRun() {}

  /** Argument: the jar. */
  public static void main(String[] args) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClasspathRoots(Set.of(Path.of(args[0]))))
            .build();
    LauncherFactory.create().execute(request, new JUnitRun());
    Console.say(new Message.End());
    // Threads of tests that failed do not keep the rest waiting.
    System.exit(0);
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    say(Result.SKIPPED, test, reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    String reason = result.getThrowable().map(Throwable::toString).orElse("");
    switch (result.getStatus()) {
      case SUCCESSFUL -> {
        if (test.isTest()) {
          say(Result.PASSED, test, "");
        }
      }
      case ABORTED -> say(Result.SKIPPED, test, message(result));
      case FAILED -> {
        result.getThrowable().ifPresent(JUnitRun::printStackTrace);
        say(Result.FAILED, test, reason);
      }
    }
  }

  /** JUnit says first what it thinks of assumptions. */
  private static String message(TestExecutionResult result) {
    return result
        .getThrowable()
        .map(thrown -> String.valueOf(thrown.getMessage()))
        .orElse("")
        .replaceFirst("^Assumption failed: ", "");
  }

  @SuppressWarnings({"SystemOut", "CatchAndPrintStackTrace"}) // For the report.
  private static void printStackTrace(Throwable thrown) {
    thrown.printStackTrace(System.out);
  }

  private static void say(Result result, TestIdentifier test, String reason) {
    Console.say(new Message.Case(result, name(test), reason));
  }

  private static String name(TestIdentifier test) {
    String display = test.getDisplayName();
    return test.getSource()
        .map(
            source ->
                switch (source) {
                  case MethodSource method -> name(method, display);
                  case ClassSource type -> simple(type.getClassName());
                  default -> display;
                })
        .orElse(display);
  }

  private static String name(MethodSource method, String display) {
    String name = simple(method.getClassName()) + "." + method.getMethodName();
    return display.startsWith(method.getMethodName()) ? name : name + " " + display;
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }
}
