package io.boxlite.internal.host;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kills real JVMs that have children, and looks for survivors. */
class ChildProcessOfDeadJvmTest {
  /** Where every child of this test runs, and nothing else: they are found by it. */
  @TempDir Path directory;

  private @Nullable Process started;

  @AfterEach
  void noParentOutlivesItsTest() {
    if (started != null) {
      started.destroyForcibly().onExit().join();
    }
  }

  /** The JVM that will be killed: starts children one after the other, telling of each. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] args) throws Exception {
      Path directory = Path.of(args[0]);
      for (int i = 0; i < Integer.parseInt(args[1]); i++) {
        ChildProcess.start("b" + i, List.of("sleep", "600"), directory);
        System.out.println("started");
      }
      System.out.println("done");
      Thread.sleep(600_000);
    }
  }

  private Process startParent(int children, String... before) throws IOException {
    List<String> argv = new ArrayList<>(List.of(before));
    argv.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Parent.class.getName(),
            directory.toString(),
            Integer.toString(children)));
    started = new ProcessBuilder(argv).redirectError(directory.resolve("stderr").toFile()).start();
    return started;
  }

  @Test
  void childrenAreGoneWithTheirJvm() throws Exception {
    Process parent = startParent(3);
    awaitLine(parent, "done");
    assertThat(ProcessesIn.directory(directory)).hasSize(3);
    parent.destroyForcibly();
    assertNoneSurvives();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 7})
  void noPhaseOfAStartIsUnguarded(int millis) throws Exception {
    Process parent = startParent(10_000);
    awaitLine(parent, "started");
    parent.waitFor(millis, MILLISECONDS);
    parent.destroyForcibly();
    assertNoneSurvives();
  }

  @Test
  void aJvmThatIsTheFirstProcessOfItsContainerHasChildrenToo() throws Exception {
    String[] container = {
      "unshare", "--map-root-user", "--pid", "--mount-proc", "--fork", "--kill-child"
    };
    Process trial =
        new ProcessBuilder(Stream.concat(Stream.of(container), Stream.of("true")).toList()).start();
    assumeTrue(trial.waitFor() == 0, "this machine allows no PID namespaces");
    Process parent = startParent(2, container);
    awaitLine(parent, "done");
    assertThat(ProcessesIn.directory(directory)).hasSize(2);
    parent.destroyForcibly();
    assertNoneSurvives();
  }

  private void awaitLine(Process parent, String expected) throws IOException {
    BufferedReader lines = parent.inputReader(StandardCharsets.UTF_8);
    String line = lines.readLine();
    while (line != null && !line.equals(expected)) {
      line = lines.readLine();
    }
    assertThat(line).as(Files.readString(directory.resolve("stderr"))).isEqualTo(expected);
  }

  private void assertNoneSurvives() throws Exception {
    long deadline = System.nanoTime() + SECONDS.toNanos(15);
    List<Long> survivors = ProcessesIn.directory(directory);
    while (!survivors.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(5);
      survivors = ProcessesIn.directory(directory);
    }
    assertThat(survivors).isEmpty();
  }
}
