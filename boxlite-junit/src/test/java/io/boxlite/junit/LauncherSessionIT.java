package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.SeenBoxes.assertClosed;
import static io.boxlite.junit.SeenBoxes.use;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.boxlite.LiteBox;
import io.boxlite.junit.internal.report.FailureReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** What lives as long as a launcher session, and what is left of it. */
class LauncherSessionIT {
  @BeforeEach
  void forget() {
    SeenBoxes.forget();
  }

  @Test
  void aSessionHasOneEngineForAllItsRunsAndTellsAtItsEndWhatItsBoxesTook(@TempDir Path reports)
      throws IOException {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (LauncherSession session = LauncherFactory.openSession()) {
      run(session, First.class, reports);
      assertThat(SeenBoxes.all()).allSatisfy(box -> assertThat(box).isRunning());
      run(session, Second.class, reports);
    } finally {
      System.setOut(before);
    }

    assertThat(SeenBoxes.all()).hasSize(2);
    assertClosed(1);
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .containsOnlyOnce("BoxLite: 1 box started (1 ")
        .contains("peak memory of all boxes 512 MiB; 3 commands ran for ");
  }

  static class First {
    @Test
    void test(@Box(scope = BoxScope.SESSION) LiteBox box) {
      use(box);
      assertThat(box.exec("true")).succeeded();
    }
  }

  static class Second {
    @Box(scope = BoxScope.SESSION)
    static LiteBox box;

    @Test
    void fails() {
      use(box);
      box.exec("sh", "-c", "echo first | tee /trace; echo bad >&2");
      throw new AssertionError(box.exec("sh", "-c", "echo second; exit 1").stdout());
    }
  }

  @Test
  void aSessionWithoutBoxesTellsNothing(@TempDir Path reports) {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (LauncherSession session = LauncherFactory.openSession()) {
      run(session, WithoutBox.class, reports);
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  static class WithoutBox {
    @Test
    void test() {}
  }

  @Test
  void aFailedTestHasFilesAmongThoseOfItsReport(@TempDir Path reports) throws IOException {
    try (LauncherSession session = LauncherFactory.openSession()) {
      run(session, Second.class, reports);
    }

    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(reports)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (file.toString().contains("/" + FailureReport.DIRECTORY + "/")) {
          files.put(
              file.getFileName().toString().replaceFirst("^[0-9a-f]{12}\\.", ""),
              Files.readString(file));
        }
      }
    }
    assertThat(files)
        .containsKeys("1.stderr", "1.stdout", "2.stdout", "txt")
        .containsEntry("1.stdout", "first\n")
        .containsEntry("1.stderr", "bad\n")
        .containsEntry("2.stdout", "second\n");
    assertThat(files.get("txt")).contains("echo first", "echo second", "exited with 1");
  }

  @Test
  void aFailedTestLeavesWhatItWroteWhereThatIsAskedFor(@TempDir Path reports) throws IOException {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    try (LauncherSession session = LauncherFactory.openSession()) {
      session
          .getLauncher()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(selectClass(Second.class))
                  .configurationParameter("junit.platform.reporting.output.dir", reports.toString())
                  .configurationParameter("boxlite.keep", "on-failure")
                  .build(),
              listener);
    }

    Throwable failure = listener.getSummary().getFailures().get(0).getException();
    Matcher command =
        Pattern.compile("debugfs -R 'ls -l /upper' '([^']*)'")
            .matcher(failure.getSuppressed()[0].toString());
    assertThat(command.find()).isTrue();
    Process debugfs =
        new ProcessBuilder("/usr/sbin/debugfs", "-R", "cat /upper/trace", command.group(1))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(debugfs.getInputStream().readAllBytes()).asString().isEqualTo("first\n");
  }

  private static void run(LauncherSession session, Class<?> testClass, Path reports) {
    session
        .getLauncher()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(testClass))
                .configurationParameter("junit.platform.reporting.output.dir", reports.toString())
                .build());
  }
}
