package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.HypervisorUnavailableException;
import io.boxlite.LiteBox;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.Events;

/** What becomes of tests where no box can start, and of settings that are wrong. */
class UnavailableTest {
  private static final String NO_QEMU = "/nonexistent/qemu";

  static class WithBox {
    @Test
    void test(@Box LiteBox box) {}
  }

  @EnabledIfBoxlite
  static class OnlyWithBoxlite {
    @Test
    void test(@Box LiteBox box) {}
  }

  @Test
  void aTestFailsUnlessOneAsksOtherwise() {
    for (Map<String, String> settings :
        List.of(
            Map.of("boxlite.qemu", NO_QEMU),
            Map.of("boxlite.qemu", NO_QEMU, "boxlite.unavailable", "fail"))) {
      assertThat(Runs.failures(Runs.of(settings, WithBox.class).testEvents()))
          .singleElement()
          .satisfies(
              failure ->
                  assertThat(failure)
                      .hasCauseInstanceOf(HypervisorUnavailableException.class)
                      .hasMessageContaining(NO_QEMU));
    }
  }

  @Test
  void aTestIsSkippedWithTheReasonWhenOneAsksForIt() {
    Events tests =
        Runs.of(Map.of("boxlite.qemu", NO_QEMU, "boxlite.unavailable", "skip"), WithBox.class)
            .testEvents();

    assertThat(tests.skipped().stream())
        .singleElement()
        .satisfies(event -> assertThat(event.getRequiredPayload(String.class)).contains(NO_QEMU));
  }

  @Test
  void theReasonAndWhatMendsItIsPrintedOnceHoweverManyTestsAreSkipped() {
    String qemu = "/nonexistent/of-this-test/qemu"; // on JUnit 5.12, once is once a JVM
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, UTF_8));
    try {
      Runs.of(
              Map.of("boxlite.qemu", qemu, "boxlite.unavailable", "skip"),
              WithBox.class,
              OnlyWithBoxlite.class)
          .testEvents();
    } finally {
      System.setErr(before);
    }

    assertThat(printed.toString(UTF_8))
        .containsOnlyOnce("BoxLite: skipping tests, because no box can start here: ")
        .contains("boxlite.qemu is " + qemu, "remove the setting to search for qemu-system-x86_64");
  }

  @Test
  void anAnnotatedClassIsSkippedWithTheReason() {
    Events containers =
        Runs.of(Map.of("boxlite.qemu", NO_QEMU), OnlyWithBoxlite.class).containerEvents();

    assertThat(containers.skipped().stream())
        .singleElement()
        .satisfies(event -> assertThat(event.getRequiredPayload(String.class)).contains(NO_QEMU));
  }

  @Test
  void anAnnotatedClassIsNotSkippedWhereTestsAreToFail() {
    Events tests =
        Runs.of(
                Map.of("boxlite.qemu", NO_QEMU, "boxlite.unavailable", "fail"),
                OnlyWithBoxlite.class)
            .testEvents();

    assertThat(Runs.failures(tests))
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure).hasCauseInstanceOf(HypervisorUnavailableException.class));
  }

  @Test
  void refusesAValueThatASettingDoesNotHave() {
    assertRefused(
        "boxlite.unavailable",
        "ignore",
        "setting boxlite.unavailable is \"ignore\"; it must be one of skip, fail");
  }

  @Test
  void refusesAValueThatIsNeededOnlyWhenATestFails() {
    assertRefused(
        "boxlite.keep",
        "onfailure",
        "setting boxlite.keep is \"onfailure\"; it must be one of on-failure, never");
  }

  private static void assertRefused(String key, String value, String message) {
    Map<String, String> settings = Map.of("boxlite.qemu", NO_QEMU, key, value);
    assertThat(Runs.failures(Runs.of(settings, WithBox.class).testEvents()))
        .singleElement()
        .satisfies(failure -> assertThat(failure).hasMessageContaining(message));
  }

  @Test
  void refusesASettingOfTheFileThatNobodyKnowsAndNamesTheNearest(@TempDir Path directory)
      throws IOException {
    Files.writeString(
        directory.resolve("junit-platform.properties"), "boxlite.unavailible=skip\nother.key=1\n");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {directory.toUri().toURL()}, before) {
          @Override
          public URL getResource(String name) { // as if the file stood first on the class path
            URL own = findResource(name);
            return own == null ? super.getResource(name) : own;
          }
        }) {
      thread.setContextClassLoader(loader);
      assertThat(Runs.failures(Runs.of(WithBox.class).testEvents()))
          .singleElement()
          .satisfies(
              failure ->
                  assertThat(failure)
                      .hasMessageContaining(
                          "setting boxlite.unavailible is unknown; did you mean"
                              + " boxlite.unavailable?"));
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
