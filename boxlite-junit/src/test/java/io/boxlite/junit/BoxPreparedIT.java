package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.SeenBoxes.assertClosed;
import static io.boxlite.junit.SeenBoxes.use;

import io.boxlite.Command;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.testkit.engine.Events;

/** Boxes that start from a prepared state, and those that go back to it. */
@Timeout(120)
class BoxPreparedIT {
  @BeforeEach
  void forget() {
    SeenBoxes.forget();
  }

  @Test
  void aBoxStartsWithItsFilesAndAsItsCommandsLeftIt() {
    Events tests = Runs.of(Prepared.class).testEvents();

    assertThat(Runs.failures(tests)).isEmpty();
    tests.assertStatistics(stats -> stats.succeeded(2));
    assertClosed(2);
  }

  static class Prepared {
    @Box(
        files = {
          "classpath:io/boxlite/junit/prepared/greeting.txt -> /srv/",
          "classpath:io/boxlite/junit/prepared -> /srv/all"
        },
        prepare = "tr a-z A-Z < /srv/greeting.txt > /srv/loud.txt",
        prepareMethod = "count")
    LiteBox box;

    static List<Command> count() {
      return List.of(
          Command.of("sh", "-c", "wc -l > /srv/count.txt").stdin("one\ntwo\n"),
          Command.of("mkdir", "/srv/once"));
    }

    @RepeatedTest(2)
    void test() {
      use(box);
      assertThat(box.exec("cat", "/srv/loud.txt", "/srv/count.txt", "/srv/all/deeper/note.txt"))
          .succeeded()
          .hasStdout("HELLO\n2\na note\n");
      assertThat(box.exec("rmdir", "/srv/once")).succeeded();
    }
  }

  @Test
  void aPreparationThatFailsFailsTheTestWithWhatItWrote() {
    assertThat(Runs.failures(Runs.of(FailingPreparation.class).testEvents()))
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure)
                    .hasStackTraceContaining(
                        "the box cannot be prepared: `sh -c 'echo no luck >&2; exit 3'` ended with"
                            + " EXITED and exit code 3")
                    .hasStackTraceContaining("no luck"));
  }

  static class FailingPreparation {
    @Test
    void test(@Box(prepare = "echo no luck >&2; exit 3") LiteBox box) {}
  }

  @Test
  void aBoxThatIsResetIsAsNewForEachTestBehindTheSameReference() {
    Events tests = Runs.of(Reset.class).testEvents();

    assertThat(Runs.failures(tests)).isEmpty();
    tests.assertStatistics(stats -> stats.succeeded(3).reportingEntryPublished(0));
    assertClosed(1);
  }

  static class Reset {
    @Box(prepare = "echo ready > /prepared", reset = BoxReset.EACH_TEST)
    static LiteBox box;

    @BeforeAll
    static void spoil() {
      assertThat(box.exec("touch", "/trace")).succeeded();
    }

    @RepeatedTest(3)
    void test() {
      use(box);
      assertThat(box.exec("cat", "/prepared")).hasStdout("ready\n");
      assertThat(box.exec("ls", "/trace")).exitedWith(1);
      assertThat(box.exec("touch", "/trace")).succeeded();
      try (Execution left = box.start(Command.of("sleep", "1000"))) {
        assertThat(left.isRunning()).isTrue();
      }
    }
  }
}
