package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.Command;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.junit.internal.report.LeakReport;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EventType;
import org.junit.platform.testkit.engine.Events;

/** Reports on tests that fail, run too long or leave something running. */
@Timeout(120)
class BoxReportIT {

  @Test
  void aFailedTestHasTheReportOnItsBoxAmongItsSuppressedExceptions() {
    List<Throwable> failures = Runs.failures(Runs.of(Failing.class).testEvents());

    assertThat(failures).singleElement().isInstanceOf(AssertionError.class);
    assertThat(failures.get(0)).hasMessageStartingWith("not what was asked for");
    assertThat(failures.get(0).getSuppressed())
        .singleElement()
        .asString()
        .contains(
            "MiB, ",
            "`tail /dev/zero` ran out of memory at ",
            "`sh -c 'echo out; echo err >&2; exit 3'` exited with 3",
            "wall time:   ",
            " (limit 60 s)",
            " (limit 64 MiB)",
            "      out\n",
            "      err\n",
            "console:");
  }

  static class Failing {
    @Test
    void test(@Box LiteBox box) throws InterruptedException {
      box.exec(Command.of("tail", "/dev/zero").memoryMib(16)); // the kernel tells the console
      while (box.consoleTail().isEmpty()) { // which a thread of its own reads
        Thread.sleep(1);
      }
      box.exec(Command.of("sh", "-c", "echo out; echo err >&2; exit 3").memoryMib(64));
      throw new AssertionError("not what was asked for");
    }
  }

  @Test
  void aFailedTestShowsTheEndOfTheOutputOfTheMainCommand() {
    List<Throwable> failures = Runs.failures(Runs.of(FailingService.class).testEvents());

    assertThat(failures).hasSize(2);
    assertThat(failures.get(0).getSuppressed())
        .singleElement()
        .asString()
        .contains(
            "  main command `sh -c 'echo to log >&2; seq 100;",
            "` is running\n",
            "stdout:      292 bytes, the end:\n",
            "      100\n",
            "stderr:      7 bytes:\n",
            "      to log\n");
    assertThat(failures.get(1).getSuppressed())
        .singleElement()
        .asString()
        .contains("; cat /crash >&2; exit 3'` exited with 3\n", "      out of luck\n");
  }

  @TestMethodOrder(OrderAnnotation.class)
  static class FailingService {
    @Box(
        startCommand = {
          "sh",
          "-c",
          "echo to log >&2; seq 100; until [ -e /crash ]; do sleep 0.1; done; cat /crash >&2; exit"
              + " 3"
        },
        waitFor = "output:100")
    static LiteBox box;

    @Test
    @Order(1)
    void failsWhileItRuns() {
      throw new AssertionError("not what was asked for");
    }

    @Test
    @Order(2)
    void failsAfterItsEnd() {
      box.writeFile("/crash", "out of luck\n".getBytes(UTF_8));
      box.mainCommand().orElseThrow().onExit().join();
      throw new AssertionError("not what was asked for");
    }
  }

  @Test
  void aTestThatPassesOrIsAbortedHasNoReport() {
    Events tests = Runs.of(Quiet.class).testEvents();

    tests.assertStatistics(stats -> stats.succeeded(1).aborted(1).reportingEntryPublished(0));
    assertThat(
            tests.aborted().stream()
                .flatMap(
                    event ->
                        event
                            .getPayload(org.junit.platform.engine.TestExecutionResult.class)
                            .stream())
                .flatMap(result -> result.getThrowable().stream()))
        .singleElement()
        .satisfies(aborted -> assertThat(aborted.getSuppressed()).isEmpty());
  }

  static class Quiet {
    @Box static LiteBox box;

    @Test
    void passes() {
      box.exec("true");
    }

    @Test
    void isAborted() {
      box.exec("true");
      throw new org.opentest4j.TestAbortedException("no wish to run");
    }
  }

  @Test
  void aLeakIsKilledAndReportedWithWhereItWasStarted() {
    Events tests = Runs.of(Leaking.class).testEvents();

    assertThat(Runs.failures(tests)).isEmpty();
    List<String> reports = leaks(tests);
    assertThat(reports)
        .singleElement()
        .asString()
        .contains(
            "leaks",
            "of `sleep 1000` was still running",
            "at io.boxlite.junit.BoxReportIT$Leaking.startOne(");
  }

  @TestMethodOrder(OrderAnnotation.class)
  static class Leaking {
    @Box static LiteBox box;

    @Test
    @Order(1)
    void leaks() {
      Execution unused = startOne();
    }

    private static Execution startOne() {
      return box.start(Command.of("sleep", "1000"));
    }

    @Test
    @Order(2)
    void findsNothingOfIt() {
      assertThat(box.exec("ps")).succeeded().stdout().doesNotContain("sleep");
    }
  }

  @Test
  void aTestThatRunsTooLongLeavesNothingRunning() {
    Events tests = Runs.of(TooLong.class).testEvents();

    assertThat(Runs.failures(tests))
        .singleElement()
        .isInstanceOf(java.util.concurrent.TimeoutException.class);
    tests.assertStatistics(stats -> stats.failed(1).succeeded(2));
    assertThat(leaks(tests)).isEmpty();
  }

  @TestMethodOrder(OrderAnnotation.class)
  static class TooLong {
    @Box static LiteBox box;

    @Test
    @Order(1)
    @Timeout(1)
    void waits() {
      box.exec("sleep", "1000");
    }

    @Test
    @Order(2)
    void isInterrupted() {
      Thread.currentThread().interrupt();
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> box.exec("sleep", "1000"))
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    @Order(3)
    void findsNothingOfThem() {
      // A caller who is interrupted does not wait for what he has ended.
      assertThat(box.exec("sh", "-c", "while pidof sleep; do usleep 10000; done")).succeeded();
    }
  }

  static List<String> leaks(Events tests) {
    return tests
        .filter(event -> event.getType() == EventType.REPORTING_ENTRY_PUBLISHED)
        .flatMap(event -> event.getPayload(ReportEntry.class).stream())
        .map(entry -> entry.getKeyValuePairs().getOrDefault(LeakReport.KEY, ""))
        .filter(text -> !text.isEmpty())
        .toList();
  }
}
