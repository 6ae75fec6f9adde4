package org.dlpack4j.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.EventType;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.dlpack4j.ChildJvm;
import org.dlpack4j.exporting.Exports;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Flight Recorder is told, and life without it. In JVMs of their own, which have one each. */
class FlightRecorderTest {

  static final List<String> PERIODIC =
      List.of(
          "dlpack4j.ExportStatistics",
          "dlpack4j.LiveExports",
          "dlpack4j.ImportStatistics",
          "dlpack4j.CopyStatistics");

  @TempDir private static Path folder;

  private static List<RecordedEvent> events = List.of();

  @BeforeAll
  static void recordEverything() throws IOException, InterruptedException {
    Path file = folder.resolve("everything.jfr");
    ChildJvm.runsWell(List.of("-Dorg.dlpack4j.leaks=sites"), RecordedProgram.class, file);
    events = RecordingFile.readAllEvents(file);
  }

  private static Stream<RecordedEvent> named(String name) {
    return events.stream().filter(event -> event.getEventType().getName().equals(name));
  }

  private static RecordedEvent only(String name) {
    List<RecordedEvent> found = named(name).toList();
    assertThat(found).as("%s among\n%s", name, events).hasSize(1);
    return found.getFirst();
  }

  @Test
  void anExportSaysWhatAndForWhom() {
    RecordedEvent export =
        named("dlpack4j.Export")
            .filter(event -> event.getString("kind").equals("arena"))
            .findFirst()
            .orElseThrow();

    assertThat(export.getString("tensor")).startsWith("float64[2, 3] on cpu at 0x");
    assertThat(export.getLong("bytes")).isEqualTo(48);
    assertThat(export.getInt("sampling")).isEqualTo(1);
    assertThat(siteOf(export)).contains("exportImportAndCopy");
  }

  private static String siteOf(RecordedEvent event) {
    return event.getStackTrace().getFrames().stream()
        .map(frame -> frame.getMethod().getName())
        .collect(Collectors.joining(" "));
  }

  @Test
  void withLeaksWatchedEveryExportAndReleaseIsThere() {
    assertThat(named("dlpack4j.Export").map(event -> event.getString("kind")))
        .containsExactlyInAnyOrder(
            "arena",
            "Program$TableOwner",
            "Program$TableOwner",
            "reachable",
            "reachable",
            "reachable",
            "Program$BlockingOwner",
            "Program$BlockingOwner",
            "Program$BlockingOwner",
            "lambda in RecordedProgram");
    assertThat(named("dlpack4j.Release").map(event -> event.getString("kind")))
        .contains("arena", "Program$TableOwner", "Program$BlockingOwner", "Program$BlockingOwner");
  }

  @Test
  void aReleaseSaysHowLongTheTensorLivedAndHowLongItTook() {
    RecordedEvent release =
        named("dlpack4j.Release")
            .filter(event -> event.getString("kind").equals("arena"))
            .findFirst()
            .orElseThrow();

    assertThat(release.getLong("bytes")).isEqualTo(48);
    assertThat(release.getBoolean("failed")).isFalse();
    assertThat(release.getDuration("age")).isBetween(Duration.ZERO, Duration.ofMinutes(1));
    assertThat(release.getDuration()).isPositive();
    assertThat(release.getInt("sampling")).isEqualTo(1);
  }

  @Test
  void anImportSaysWhatCame() {
    RecordedEvent imported = named("dlpack4j.Import").findFirst().orElseThrow();

    assertThat(imported.getString("tensor")).isEqualTo("float64[2, 3] on cpu");
    assertThat(imported.getLong("bytes")).isEqualTo(48);
    assertThat(imported.getLong("address")).isNotZero();
    assertThat(imported.getInt("sampling")).isEqualTo(1);
    assertThat(siteOf(imported)).contains("exportImportAndCopy");
  }

  @Test
  void theTensorsOfATableAreRecordedAsOthersAre() {
    assertThat(named("dlpack4j.Import").map(event -> event.getString("tensor")))
        .containsExactly("float64[2, 3] on cpu", "int64[4] on cpu", "int64[4] on cpu");
    List<RecordedEvent> releases =
        named("dlpack4j.Release")
            .filter(event -> event.getString("kind").equals("Program$TableOwner"))
            .toList();
    assertThat(releases.stream().mapToInt(event -> event.getInt("tensors")).sum()).isEqualTo(2);
    assertThat(releases.stream().mapToLong(event -> event.getLong("bytes")).sum()).isEqualTo(64);
  }

  @Test
  void theRefusalOfATableSaysEveryReason() {
    RecordedEvent refusal = named("dlpack4j.Refusal").toList().getLast();

    assertThat(refusal.getString("violations")).isEqualTo("[LENGTH]");
    assertThat(refusal.getString("message"))
        .contains("column col_0, data: expected 5", "All tensors have been discarded");
    assertThat(siteOf(refusal)).contains("refuseATable");
  }

  @Test
  void aRefusalSaysEveryReason() {
    RecordedEvent refusal = named("dlpack4j.Refusal").findFirst().orElseThrow();

    assertThat(refusal.getString("violations")).isEqualTo("[NDIM_OUT_OF_RANGE]");
    assertThat(refusal.getString("message"))
        .contains("ndim: expected 3 but found 1", "It is still the caller's");
    assertThat(refusal.getString("message"))
        .contains("at 0x" + Long.toHexString(refusal.getLong("address")));
    assertThat(siteOf(refusal)).contains("refuse");
  }

  @Test
  void aCopySaysWhatWasCopiedByWhomAndHowLongItTook() {
    RecordedEvent copy = only("dlpack4j.Copy");

    assertThat(copy.getString("operation")).isEqualTo("contiguous");
    assertThat(copy.getString("tensor")).isEqualTo("float64[2, 3]");
    assertThat(copy.getLong("bytes")).isEqualTo(48);
    assertThat(copy.getDuration()).isPositive();
    assertThat(siteOf(copy)).contains("exportImportAndCopy");
  }

  @Test
  void aLeakSaysWhereItWasMade() {
    RecordedEvent leak = only("dlpack4j.Leak");

    assertThat(leak.getString("what")).isEqualTo("an exported tensor");
    assertThat(leak.getString("consequence")).isEqualTo("it keeps its owner for ever");
    assertThat(leak.getLong("address")).isNotZero();
    assertThat(leak.getString("site")).contains("RecordedProgram.dropOne");
  }

  @Test
  void aDoubleDeleteIsNoticed() {
    RecordedEvent twice = only("dlpack4j.DoubleDelete");

    assertThat(twice.getLong("count")).isEqualTo(1);
    assertThat(twice.getLong("address")).isNotZero();
  }

  @Test
  void theStatisticsAreThoseOfTheStatisticsCalls() {
    RecordedEvent exports = named("dlpack4j.ExportStatistics").toList().getLast();
    assertThat(exports.getLong("live")).as("one is held, one was dropped").isEqualTo(2);
    assertThat(exports.getLong("doubleDeletes")).isEqualTo(1);
    assertThat(exports.getLong("releaseFailures")).isZero();
    assertThat(exports.getLong("leaks")).isEqualTo(1);
    assertThat(exports.getLong("nativeBytes")).isPositive();

    RecordedEvent imports = named("dlpack4j.ImportStatistics").toList().getLast();
    assertThat(imports.getLong("live")).isZero();
    assertThat(imports.getLong("refusals")).isEqualTo(2);
    assertThat(imports.getString("tableViolations")).isEqualTo("{LENGTH=1}");
    assertThat(imports.getString("violations")).isEqualTo("{NDIM_OUT_OF_RANGE=1}");

    RecordedEvent copies = named("dlpack4j.CopyStatistics").toList().getLast();
    assertThat(copies.getLong("copies")).isEqualTo(1);
    assertThat(copies.getLong("bytes")).isEqualTo(48);
  }

  @Test
  void liveExportsAreThereByKind() {
    RecordedEvent held =
        named("dlpack4j.LiveExports")
            .filter(event -> event.getString("kind").equals("Program$BlockingOwner"))
            .toList()
            .getLast();

    assertThat(held.getLong("count")).isEqualTo(1);
    assertThat(held.getLong("bytes")).isEqualTo(32);
    assertThat(held.getDuration("oldest")).isBetween(Duration.ZERO, Duration.ofMinutes(1));
    assertThat(named("dlpack4j.LiveExports").map(event -> event.getString("kind")))
        .contains("lambda in RecordedProgram");
  }

  @Test
  void everyEventIsInOneCategoryAndDescribed() {
    List<EventType> types =
        events.stream()
            .map(RecordedEvent::getEventType)
            .filter(type -> type.getName().startsWith("dlpack4j."))
            .distinct()
            .toList();

    assertThat(types).hasSize(11);
    for (EventType type : types) {
      assertThat(type.getAnnotation(Category.class).value()).containsExactly("dlpack4j");
      assertThat(type.getAnnotation(Description.class).value()).isNotBlank();
      assertThat(type.getLabel()).isNotBlank();
    }
  }

  @Test
  void withoutLeaksWatchedFrequentEventsAreSampledAndTellTheTotal()
      throws IOException, InterruptedException {
    Path file = folder.resolve("sampled.jfr");
    ChildJvm.runsWell(List.of(), ManyExports.class, file);
    List<RecordedEvent> sampled = RecordingFile.readAllEvents(file);

    for (String name : List.of("dlpack4j.Export", "dlpack4j.Release", "dlpack4j.Import")) {
      List<RecordedEvent> found =
          sampled.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
      assertThat(found).as(name).hasSizeLessThan(ManyExports.COUNT / 100);
      // Of about 293 events the standard deviation is 17.
      assertThat(found.stream().mapToLong(event -> event.getInt("sampling")).sum())
          .as(name)
          .isBetween(ManyExports.COUNT / 2L, ManyExports.COUNT * 3L / 2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"off", "report", "sites"})
  void everythingWorksInAnImageWithoutFlightRecorder(String leaks)
      throws IOException, InterruptedException {
    assertThat(
            ChildJvm.runsWell(
                List.of("--limit-modules", "java.base", "-Dorg.dlpack4j.leaks=" + leaks),
                Program.class))
        .contains(Program.DONE);
  }

  @Test
  void aModuleIsRecordedAsWell() throws IOException, InterruptedException, URISyntaxException {
    Path file = folder.resolve("module.jfr");
    Path library = originOf(Exports.class);
    ChildJvm.runsWell(
        List.of(
            "-Dorg.dlpack4j.leaks=report",
            "--enable-native-access=org.dlpack4j",
            "--module-path",
            library.toString(),
            "--add-modules",
            "org.dlpack4j",
            "-cp",
            classPathWithout(library)),
        RecordedProgram.class,
        file);

    assertThat(RecordingFile.readAllEvents(file).stream().map(e -> e.getEventType().getName()))
        .contains("dlpack4j.Export", "dlpack4j.Import", "dlpack4j.Copy", "dlpack4j.Leak")
        .containsAll(PERIODIC);
  }

  private static String classPathWithout(Path library) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !Path.of(entry).equals(library))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Path originOf(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
