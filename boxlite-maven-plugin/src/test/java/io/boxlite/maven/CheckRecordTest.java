package io.boxlite.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.boxlite.IsolationReport;
import io.boxlite.IsolationReport.Boundary;
import io.boxlite.SecurityOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.surefire.log.api.NullConsoleLogger;
import org.apache.maven.plugins.surefire.report.ReportTestCase;
import org.apache.maven.plugins.surefire.report.ReportTestSuite;
import org.apache.maven.plugins.surefire.report.SurefireReportParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckRecordTest {
  private static final CheckResult.Isolation ISOLATION =
      CheckResult.Isolation.of(
          IsolationReport.builder(SecurityOptions.standard(), Boundary.EMULATION)
              .allowedSystemCalls(75)
              .build());

  @TempDir Path directory;

  @Test
  void givesBackWhatIsWritten() throws Exception {
    Path file = directory.resolve("deep/record.json");
    CheckRecord record =
        CheckRecord.empty().with(List.of(passed("a", "one"), failed("b"), notRun("c")));
    record.write(file);
    assertThat(CheckRecord.read(file)).isEqualTo(record);
    assertThat(file.getParent()).isDirectoryContaining(path -> path.equals(file));
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void isEmptyWhereThereIsNoFile() throws Exception {
    assertThat(CheckRecord.read(directory.resolve("none")).checks()).isEmpty();
  }

  @Test
  void keepsTheResultsOfOtherExecutions() {
    CheckRecord both = CheckRecord.empty().with(List.of(passed("a", "one"), passed("b", "two")));
    assertThat(both.with(List.of(failed("a"))).checks())
        .extracting(CheckResult::name, CheckResult::status)
        .containsExactly(
            tuple("b", CheckResult.Status.PASSED), tuple("a", CheckResult.Status.FAILED));
    assertThat(both.without("one", List.of()).checks())
        .extracting(CheckResult::name)
        .containsExactly("b");
  }

  @Test
  void saysWhatToDoWithAFileThatIsNotItsOwn() throws Exception {
    Path file = Files.writeString(directory.resolve("record.json"), "{\"version\": 2}");
    assertThatThrownBy(() -> CheckRecord.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file
                + " has version 2, not 1; another version of the plugin wrote it: delete it and run"
                + " the build again");
    Files.writeString(file, "{\"version\": 1, \"checks\": [");
    assertThatThrownBy(() -> CheckRecord.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + " is damaged; delete it");
  }

  @Test
  void reportsAsSurefireDoes() throws Exception {
    JunitReport report =
        new JunitReport("boxlite.a/b", List.of(passed("a", "one"), failed("b"), notRun("c")));
    report.write(directory);
    assertThat(report.file(directory)).hasFileName("TEST-boxlite.a_b.xml").exists();
    List<ReportTestSuite> suites =
        new SurefireReportParser(List.of(directory.toFile()), new NullConsoleLogger())
            .parseXMLReportFiles();
    ReportTestSuite suite = suites.get(0);
    assertThat(suites).hasSize(1);
    assertThat(suite.getNumberOfTests()).isEqualTo(3);
    assertThat(suite.getNumberOfFailures()).isEqualTo(1);
    assertThat(suite.getNumberOfErrors()).isEqualTo(1);
    List<ReportTestCase> cases = suite.getTestCases();
    assertThat(cases).extracting(ReportTestCase::getName).containsExactly("a", "b", "c");
    assertThat(cases.get(0).isSuccessful()).isTrue();
    assertThat(cases.get(1).getFailureMessage()).isEqualTo("exit code is 1 <&\"\uFFFD, expected 0");
    assertThat(cases.get(1).getFailureDetail()).contains("isolation: " + ISOLATION.summary());
    assertThat(cases.get(2).getFailureType()).isEqualTo("NotRun");
    assertThat(cases.get(2).getFailureDetail()).doesNotContain("isolation");
    assertThat(report.file(directory))
        .content()
        .contains("name=\"boxlite.isolation.a\" value=\"" + ISOLATION.summary() + "\"")
        .doesNotContain("boxlite.isolation.c");
  }

  private static CheckResult passed(String name, String execution) {
    return new CheckResult(
        name,
        "f",
        execution,
        1_700_000_000_000L,
        1500,
        CheckResult.Status.PASSED,
        List.of(),
        "true",
        ISOLATION,
        new CheckResult.Run("EXITED", 0, 12, 3, 4096, "]]> \u0000\uD83D\uDE00", ""));
  }

  private static CheckResult failed(String name) {
    return new CheckResult(
        name,
        "f",
        "one",
        1_700_000_000_000L,
        1500,
        CheckResult.Status.FAILED,
        List.of("exit code is 1 <&\"\u0001, expected 0"),
        "false",
        ISOLATION,
        new CheckResult.Run("EXITED", 1, 12, 3, 4096, "", "\u001b[31mred"));
  }

  private static CheckResult notRun(String name) {
    return new CheckResult(
        name,
        "f",
        "one",
        1_700_000_000_000L,
        2,
        CheckResult.Status.ERROR,
        List.of("there is no image"),
        "true",
        null,
        null);
  }
}
