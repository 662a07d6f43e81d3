package io.boxlite.internal.host;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.LastErrorException;
import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
  @TempDir Path directory;

  private ChildProcess start(String... argv) {
    return ChildProcess.start("b1", List.of(argv), directory);
  }

  @Test
  void tellsExitCodeAndOutput() throws Exception {
    try (ChildProcess process = start("sh", "-c", "echo out; echo err >&2; exit 3")) {
      assertThat(process.onExit().get(10, SECONDS)).isEqualTo(3);
      assertThat(process.exitCode()).hasValue(3);
      assertThat(process.outputTail()).isEqualTo("out\nerr");
      assertThat(process.isAlive()).isFalse();
    }
  }

  @Test
  void tellsTheSignalThatEndedIt() throws Exception {
    try (ChildProcess process = start("sh", "-c", "kill -SEGV $$")) {
      assertThat(process.onExit().get(10, SECONDS)).isEqualTo(128 + 11);
    }
  }

  @Test
  void aProgramThatDoesNotExistEndsWith127AndSaysSo() throws Exception {
    try (ChildProcess process = start("/no/such/program")) {
      assertThat(process.onExit().get(10, SECONDS)).isEqualTo(127);
      assertThat(process.outputTail()).contains("/no/such/program");
    }
  }

  @Test
  void closeKillsAndReaps() {
    ChildProcess process = start("sleep", "600");
    assertThat(process.identity().isAlive()).isTrue();
    assertThat(process.exitCode()).isEmpty();
    process.close();
    assertThat(process.exitCode()).hasValue(128 + 9);
    assertThat(ProcessIdentity.of(process.identity().pid())).isEmpty();
    process.close();
  }

  @Test
  void isKilledWhenThisJvmCanOpenNoFile() {
    start("sleep", "600").close(); // loads the classes
    ChildProcess process = start("sleep", "600");
    try (OpenFileLimit none = OpenFileLimit.reached()) {
      process.close();
      assertThat(process.exitCode()).hasValue(128 + 9);
    }
  }

  @Test
  void closeWorksOnAnInterruptedThreadAndLeavesItInterrupted() {
    ChildProcess process = start("sleep", "600");
    Thread.currentThread().interrupt();
    process.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(process.exitCode()).hasValue(128 + 9);
  }

  @Test
  void itsThreadIsNamedAfterTheBoxAndEndsWithIt() throws Exception {
    Thread thread;
    try (ChildProcess process = start("sleep", "600")) {
      assertThat(process.isAlive()).isTrue();
      thread =
          Thread.getAllStackTraces().keySet().stream()
              .filter(candidate -> candidate.getName().equals("boxlite-b1-process"))
              .findFirst()
              .orElseThrow();
      thread.interrupt();
      assertThat(process.isAlive()).isTrue();
    }
    thread.join(10_000);
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void inheritsNoOpenFile() throws IOException {
    // Opened without O_CLOEXEC, as a library that the user's JVM loads may do.
    int fd = LibC.get().open(directory.toString(), 0, 0);
    try (ChildProcess process = start("sleep", "600")) {
      awaitProgram(process, "sleep");
      Path fds = Path.of("/proc", Long.toString(process.identity().pid()), "fd");
      try (Stream<Path> open = Files.list(fds)) {
        assertThat(open.map(path -> path.getFileName().toString()))
            .containsExactlyInAnyOrder("0", "1", "2");
      }
    } finally {
      LibC.get().close(fd);
    }
  }

  @Test
  void inheritsNoEnvironmentButTheSearchPath() throws Exception {
    try (ChildProcess process = start("env")) {
      process.onExit().get(10, SECONDS);
      assertThat(process.outputTail().lines().map(line -> line.replaceAll("=.*", "")))
          .contains("PATH", "LC_ALL", "TMPDIR")
          .doesNotContain("HOME", "USER", "JAVA_HOME");
      assertThat(process.outputTail()).contains("TMPDIR=" + directory);
    }
  }

  @Test
  void aWorkingDirectoryThatDoesNotExistIsToldWithItsName() {
    Path missing = directory.resolve("missing");
    List<String> argv = List.of("true");
    assertThatThrownBy(() -> ChildProcess.start("b1", argv, missing))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("b1")
        .hasMessageContaining(missing.toString());
  }

  @Test
  void theTailOfALongOutputStartsWithAWholeLine() throws Exception {
    try (ChildProcess process = start("seq", "100000")) {
      process.onExit().get(10, SECONDS);
      assertThat(process.outputTail().length()).isBetween(4000, 4096);
      assertThat(process.outputTail().lines().toList().get(0)).matches("9\\d{4}");
      assertThat(process.outputTail()).endsWith("\n100000");
    }
  }

  @Test
  void aFloodIsHeldUpAndTakesNoDisk() throws Exception {
    try (ChildProcess process = start("yes", "a line of a program that has gone mad")) {
      long enough = System.nanoTime() + SECONDS.toNanos(2);
      while (System.nanoTime() < enough) {
        assertThat(process.isAlive()).isTrue();
        Thread.sleep(100);
      }
      long written = writtenBy(process);
      // 1 MiB at any speed, 1 MiB/s afterwards, and what a pipe and a buffer hold.
      assertThat(written).isBetween(1L << 20, 8L << 20);
      assertThat(process.outputTail()).contains("gone mad\na line").hasSizeLessThanOrEqualTo(4096);
      assertThat(process.output()).hasSizeBetween(60_000, 65_536);
      assertThat(directory).isEmptyDirectory();
    }
  }

  /** proc(5), /proc/PID/io: what it handed to write(2). */
  private static long writtenBy(ChildProcess process) throws IOException {
    Path io = Path.of("/proc", Long.toString(process.identity().pid()), "io");
    return Files.readAllLines(io).stream()
        .filter(line -> line.startsWith("wchar:"))
        .mapToLong(line -> Long.parseLong(line.substring("wchar:".length()).strip()))
        .sum();
  }

  @Test
  void whatWouldSteerATerminalIsMadeVisible() throws Exception {
    try (ChildProcess process = start("printf", "\\033[2Jgone\\007\\r\\n\\342\\200\\256tsal")) {
      process.onExit().get(10, SECONDS);
      assertThat(process.outputTail()).isEqualTo("\\x1b[2Jgone\\x07\\x0d\n\\u202etsal");
    }
  }

  @Test
  void anEndIsToldThoughAnotherProcessStillHoldsTheOutput() throws Exception {
    try (ChildProcess process = start("sh", "-c", "sleep 600 & echo $!; exit 3")) {
      assertThat(process.onExit().get(30, SECONDS)).isEqualTo(3);
      ProcessHandle.of(Long.parseLong(process.outputTail())).ifPresent(ProcessHandle::destroy);
    }
  }

  /** It does where this test is root's, as in most containers that build. */
  @Test
  void hasNoCapabilitiesAndGetsNone() throws Exception {
    try (ChildProcess process = start("grep", "-E", "^(Cap|NoNewPrivs)", "/proc/self/status")) {
      assertThat(process.onExit().get(10, SECONDS)).isZero();
      assertThat(process.outputTail().lines())
          .contains("NoNewPrivs:\t1")
          .contains("CapInh:\t0000000000000000")
          .contains("CapPrm:\t0000000000000000")
          .contains("CapEff:\t0000000000000000")
          .contains("CapAmb:\t0000000000000000");
      if (Privileges.ofThisProcess().maySetBoundingSet()) {
        assertThat(process.outputTail().lines()).contains("CapBnd:\t0000000000000000");
      }
    }
  }

  @Test
  void anIdentityIsNotThatOfALaterProcessWithTheSameNumber() {
    ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    assertThat(self.isAlive()).isTrue();
    assertThat(new ProcessIdentity(self.pid(), self.startTicks() + 1).isAlive()).isFalse();
  }

  @Test
  void aFailedCallOfTheCLibraryThrowsItsErrno() {
    assertThatThrownBy(() -> LibC.get().close(-1)).isInstanceOf(LastErrorException.class);
  }

  private static void awaitProgram(ChildProcess process, String name) throws IOException {
    Path comm = Path.of("/proc", Long.toString(process.identity().pid()), "comm");
    long deadline = System.nanoTime() + SECONDS.toNanos(10);
    while (!Files.readString(comm).strip().equals(name) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whoIsInterruptedWhileItStartsFindsItGone() throws IOException {
    for (int i = 0; i < 10; i++) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> start("sleep", "1000"))
          .isInstanceOf(BoxliteException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
      assertThat(ProcessesIn.directory(directory)).isEmpty();
    }
  }
}
