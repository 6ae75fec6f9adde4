package org.dlpack4j.doctor;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** What a Python process beside the JVM needs. */
final class PythonChecks {

  private static final String OLDEST_PYTHON = "3.11";
  private static final String INSTALL =
      "install Python " + OLDEST_PYTHON + " or later, as python3 on the PATH";

  static final List<Check> ALL =
      List.of(
          Jars.required("py4j jar", "py4j/GatewayServer.class", "net.sf.py4j:py4j:0.10.9.9"),
          new Check("python3", PythonChecks::python),
          needed("numpy", "2.1"),
          needed("py4j", "0"),
          wanted("pyarrow", List.of("pyarrow"), "only for Arrow's capsules"),
          wanted("torch", List.of("torch"), "only if you use it"),
          wanted("cupy", PythonFacts.CUPY, "only if you use it"),
          wanted("jax", List.of("jax"), "only if you use it"),
          ours());

  private PythonChecks() {}

  private static Verdict python(Host host) throws InterruptedException {
    Optional<PythonFacts> python = host.python();
    if (python.isEmpty()) {
      return Verdict.missing("no python3 on the PATH", INSTALL);
    }
    PythonFacts facts = python.get();
    if (facts.fault().isPresent()) {
      return Verdict.broken(facts.program() + " " + facts.fault().get(), INSTALL);
    }
    String version = facts.version().orElseThrow();
    String found = version + ", " + facts.executable();
    return Version.of(version).isAtLeast(OLDEST_PYTHON)
        ? Verdict.ok(found)
        : Verdict.missing(found + ", older than " + OLDEST_PYTHON, INSTALL);
  }

  /** A package that ours depends on. */
  private static Check needed(String name, String oldest) {
    return packageCheck(
        name,
        List.of(name),
        (python, version) -> {
          String pip = pip(python, oldest.equals("0") ? name : "'" + name + ">=" + oldest + "'");
          if (version.isEmpty()) {
            return Verdict.missing("not installed", pip);
          }
          return Version.of(version.get()).isAtLeast(oldest)
              ? Verdict.ok(version.get())
              : Verdict.missing(version.get() + ", older than " + oldest, pip);
        });
  }

  private static Check wanted(String name, List<String> distributions, String what) {
    return packageCheck(
        name,
        distributions,
        (python, version) ->
            version
                .map(Verdict::ok)
                .orElseGet(
                    () ->
                        Verdict.notNeeded(
                            "not installed; " + what, pip(python, distributions.getFirst()))));
  }

  private static Check packageCheck(
      String name,
      List<String> distributions,
      BiFunction<PythonFacts, Optional<String>, Verdict> verdict) {
    return new Check(
        name,
        host -> {
          Optional<PythonFacts> python = host.python().filter(facts -> facts.fault().isEmpty());
          if (python.isEmpty()) {
            return Verdict.missing("no Python to ask", INSTALL);
          }
          Optional<String> version =
              distributions.stream()
                  .flatMap(distribution -> python.get().packageVersion(distribution).stream())
                  .findFirst();
          return verdict.apply(python.get(), version);
        });
  }

  private static String pip(PythonFacts python, String what) {
    return python.executable() + " -m pip install " + what;
  }

  /** Our own package, which is in no index. */
  private static Check ours() {
    return packageCheck(
        "dlpack4j",
        List.of("dlpack4j"),
        (python, version) ->
            version
                .map(Verdict::ok)
                .orElseGet(
                    () ->
                        Verdict.notNeeded(
                            "not installed; what sees the JVM's columns from Python",
                            pip(python, "py4j-adapter/src/main/python"))));
  }
}
