package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** After a run of tests that pass, fail, leak and take too long, nothing of theirs is left. */
@Timeout(180)
class NothingLeftIT {
  private static final String HOME = "boxlite.home";

  @Test
  void noProcessNoFileAndNoThreadOutlivesTheLauncherSession(@TempDir Path home)
      throws IOException, InterruptedException {
    Set<Long> processesBefore = processes();
    Set<Thread> threadsBefore = threads();
    String before = System.getProperty(HOME, "");
    System.setProperty(HOME, home.toString());
    try (LauncherSession session = LauncherFactory.openSession()) {
      session
          .getLauncher()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(
                      selectClass(BoxScopeIT.StaticField.class),
                      selectClass(BoxScopeIT.FirstOfSession.class),
                      selectClass(BoxScopeIT.FailingBeforeAll.class),
                      selectClass(BoxReportIT.Failing.class),
                      selectClass(BoxReportIT.Leaking.class),
                      selectClass(BoxReportIT.TooLong.class),
                      selectClass(BoxPreparedIT.Reset.class),
                      selectClass(BoxTestKindsIT.Factory.class))
                  .build());
      assertThat(processes()).as("processes of a session that is open").isNotEmpty();
    } finally {
      if (before.isEmpty()) {
        System.clearProperty(HOME);
      } else {
        System.setProperty(HOME, before);
      }
    }

    Set<Long> processes = processes();
    processes.removeAll(processesBefore);
    assertThat(processes).as("processes").isEmpty();
    Set<Thread> threads = threads();
    threads.removeAll(threadsBefore);
    for (Thread thread : threads) { // one that has been told to end may be about to
      thread.join(TimeUnit.SECONDS.toMillis(10));
    }
    threads.removeIf(thread -> !thread.isAlive());
    assertThat(threads).as("threads").isEmpty();
    try (Stream<Path> boxes = Files.list(home.resolve("boxes"))) {
      List<Path> folders = boxes.filter(Files::isDirectory).toList();
      assertThat(folders).as("folders of boxes").isEmpty();
    }
  }

  private static Set<Long> processes() {
    return ProcessHandle.current()
        .descendants()
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("boxlite-"))
        .collect(Collectors.toSet());
  }
}
