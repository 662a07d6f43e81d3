package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.machine.BoxDirectories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What boxes must not leave behind: child processes, files, open descriptors, threads. */
public final class Leftovers {
  private Leftovers() {}

  /**
   * Fails when anything of a box is still there. Threads get a moment: one that has done its work
   * may not have ended yet.
   */
  public static void assertNone(Home home) {
    await().untilAsserted(() -> assertThat(threads()).isEmpty());
    assertThat(processes()).isEmpty();
    assertNoFiles(home);
    assertNothingOpen(home.boxes());
  }

  /** Fails when there is a box's directory, or a box that has memory. */
  public static void assertNoFiles(Home home) {
    assertThat(files(home.boxes())).isEmpty();
    assertThat(files(home.memory())).isEmpty();
  }

  /** Fails when a file below a directory is still open. */
  public static void assertNothingOpen(Path directory) {
    assertThat(descriptors(directory)).isEmpty();
  }

  private static List<String> processes() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().command().orElse("").contains("qemu"))
        .map(process -> process.pid() + " " + process.info().commandLine().orElse(""))
        .toList();
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("boxlite-"))
        .toList();
  }

  private static List<Path> files(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> !file.endsWith(BoxDirectories.GUARD)).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Path> descriptors(Path directory) {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.flatMap(Leftovers::target)
          .filter(target -> target.startsWith(directory))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Stream<Path> target(Path descriptor) {
    try {
      return Stream.of(Files.readSymbolicLink(descriptor));
    } catch (IOException e) {
      return Stream.empty(); // Closed since it was listed.
    }
  }
}
