package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table, the JSON and the exit code of made-up findings. */
class ReportTest {

  private static final Finding WELL = new Finding("first", Verdict.ok("all \"well\"\tß"));
  private static final Finding LESS = new Finding("second", Verdict.degraded("slow", "hurry"));
  private static final Finding GONE = new Finding("third", Verdict.missing("gone", "bring it"));
  private static final Finding SPARE = new Finding("fourth", Verdict.notNeeded("no", "get it"));
  private static final Finding SPARED = new Finding("fifth", Verdict.notNeeded("never"));

  @Test
  void theTableHasAMarkForEachLineAndAFixForEachLack() {
    Report report =
        new Report(
            List.of(
                new Section(Adapter.CORE, List.of(WELL, LESS)),
                new Section(Adapter.CUDA, List.of(GONE, SPARE, SPARED))));

    assertThat(Table.of(report))
        .isEqualTo(
            """
            core: values, exports, imports
              ok          first                   all "well"\tß
              degraded    second                  slow
                          fix: hurry

            cuda: memory of NVIDIA GPUs
              missing     third                   gone
                          fix: bring it
              not-needed  fourth                  no
                          if wanted: get it
              not-needed  fifth                   never

            core works; something is missing for: cuda
            """);
  }

  @Test
  void theLastLineOfTheTableSaysIfNothingIsMissing() {
    assertThat(Table.of(core(LESS))).endsWith("\ncore works; nothing is missing\n");
    assertThat(Table.of(core(GONE)))
        .endsWith("\ncore does not work; something is missing for: core\n");
  }

  @Test
  void theJsonHasTheFieldsOfItsSchema() {
    assertThat(JsonReport.of(core(WELL, LESS)))
        .isEqualTo(
            "{\"schema\": 1, \"coreWorks\": true, \"adapters\": [{\"name\": \"core\", \"state\":"
                + " \"degraded\", \"checks\": [{\"name\": \"first\", \"state\": \"ok\","
                + " \"found\": \"all \\\"well\\\"\\u0009\\u00df\", \"fix\": null}, {\"name\":"
                + " \"second\", \"state\": \"degraded\", \"found\": \"slow\", \"fix\":"
                + " \"hurry\"}]}]}\n");
  }

  @ParameterizedTest
  @CsvSource({"OK, 0", "NOT_NEEDED, 0", "DEGRADED, 0", "MISSING, 1", "BROKEN, 1"})
  void theExitCodeSaysWhetherCoreWorks(State state, int exitCode) {
    Verdict verdict = new Verdict(state, "found", state == State.OK ? null : "fix");
    assertThat(core(WELL, new Finding("name", verdict)).exitCode()).isEqualTo(exitCode);
  }

  @Test
  void otherAdaptersDoNotChangeTheExitCode() {
    Report report =
        new Report(
            List.of(
                new Section(Adapter.CORE, List.of(WELL)),
                new Section(Adapter.SHIM, List.of(new Finding("x", Verdict.broken("x", "y"))))));

    assertThat(report.exitCode()).isZero();
  }

  @Test
  void aMachineThatHasEverythingButJarsLacksOnlyThose() throws InterruptedException {
    List<String> lacks =
        Report.of(new FakeHost()).sections().stream()
            .flatMap(section -> section.findings().stream())
            .filter(finding -> !finding.state().works())
            .map(Finding::name)
            .toList();

    assertThat(lacks)
        .containsExactly(
            "arrow-vector",
            "Arrow's memory",
            "cudf",
            "libcudf.so",
            "onnxruntime",
            "libonnxruntime.so",
            "py4j jar",
            "py4j",
            "spark-sql");
  }

  private static Report core(Finding... findings) {
    return new Report(List.of(new Section(Adapter.CORE, List.of(findings))));
  }
}
