package io.boxlite.junit.leftovers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
  /** Says that it runs, and then has neither an end nor a child. */
  private static final String SCRIPT = "echo runs; read line";

  private static final String SHOWN = "sh -c " + SCRIPT;

  @TempDir Path directory;
  private Path record;
  private Path home;
  private Path temporary;

  @BeforeEach
  void makeDirectories() throws IOException {
    record =
        Files.write(directory.resolve("record"), List.of(Leftovers.NOTHING, Leftovers.NOTHING));
    home = directory.resolve("home");
    Files.createDirectories(home.resolve("boxes"));
    Files.createFile(home.resolve("boxes/lock"));
    temporary = Files.createDirectory(directory.resolve("tmp"));
  }

  @Test
  void thisVeryRunIsWatched() {
    assertThat(LeftoversListener.isWatching()).isTrue();
  }

  @Test
  void aThreadAndAProcessOfThisJvmAreFound() throws Exception {
    Set<Thread> before = Leftovers.threads();
    CountDownLatch end = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "left-behind");
    thread.start();
    Process process = startProcess("x");
    try {
      assertThat(Leftovers.ofThisJvm(before, Duration.ofMillis(1)))
          .contains("thread left-behind", "process " + process.pid() + " " + SHOWN + " x");
    } finally {
      process.destroyForcibly().waitFor();
      end.countDown();
      thread.join();
    }
    assertThat(Leftovers.ofThisJvm(before, Duration.ofSeconds(10))).isEmpty();
  }

  /** It runs when this returns: before, the kernel would not show its arguments. */
  private static Process startProcess(String argument) throws IOException {
    Process process = new ProcessBuilder("sh", "-c", SCRIPT, argument).start();
    assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("runs");
    return process;
  }

  @Test
  void whereNothingIsLeftAllIsWell() throws IOException {
    assertThat(LeftoversCheck.check(record, home, temporary)).isEmpty();
  }

  @Test
  void whatAJvmHasNotedIsTold() throws IOException {
    Files.write(record, List.of(Leftovers.NOTHING, "thread boxlite-pool"));
    assertThat(LeftoversCheck.check(record, home, temporary))
        .containsExactly("thread boxlite-pool");
  }

  @Test
  void aBoxAFileAndAProcessOfAllJvmsAreFound() throws Exception {
    Path box = Files.createDirectory(home.resolve("boxes/0123456789ab"));
    Path file = Files.createFile(temporary.resolve("boxlite-1"));
    Process process = startProcess(home.resolve("boxes") + "/qmp");
    try {
      assertThat(LeftoversCheck.check(record, home, temporary))
          .hasSize(3)
          .contains("file " + box, "file " + file)
          .anyMatch(line -> line.startsWith("process " + process.pid() + " " + SHOWN));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
