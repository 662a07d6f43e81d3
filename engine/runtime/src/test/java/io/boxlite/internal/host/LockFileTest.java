package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Library;
import com.sun.jna.Native;
import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LockFileTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir Path directory;

  @Test
  void aLinkIsRefusedAndNothingIsMadeWhereItLeads() throws IOException {
    Path elsewhere = directory.resolve("elsewhere");
    Path link = Files.createSymbolicLink(directory.resolve("link"), elsewhere);
    assertThatThrownBy(() -> LockFile.tryExclusive(link))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(link + " is a symbolic link");
    assertThat(elsewhere).doesNotExist();
  }

  @Test
  void anExclusiveLockKeepsEveryOtherOut() {
    Path file = directory.resolve("lock");
    try (LockFile held = LockFile.exclusive(file, LONG)) {
      assertThat(LockFile.tryExclusive(file)).isEmpty();
      assertThatThrownBy(() -> LockFile.shared(file, SHORT))
          .isInstanceOf(BoxliteException.class)
          .hasMessageContaining(held.file().toString())
          .hasMessageContaining("50 ms");
    }
  }

  @Test
  void sharedLocksLiveTogetherAndKeepExclusiveOnesOut() {
    Path file = directory.resolve("lock");
    try (LockFile one = LockFile.shared(file, LONG);
        LockFile two = LockFile.shared(file, LONG)) {
      assertThat(one.file()).isEqualTo(two.file());
      assertThat(LockFile.tryExclusive(file)).isEmpty();
    }
    LockFile.tryExclusive(file).orElseThrow().close();
  }

  @Test
  void closingTwiceReleasesOnce() {
    Path file = directory.resolve("lock");
    LockFile lock = LockFile.exclusive(file, LONG);
    lock.close();
    try (LockFile other = LockFile.exclusive(file, LONG)) {
      lock.close();
      assertThat(LockFile.tryExclusive(other.file())).isEmpty();
    }
  }

  @Test
  void threadsTakeTurns() throws Exception {
    Path file = directory.resolve("lock");
    int[] counter = {0};
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> turns = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        turns.add(
            threads.submit(
                () -> {
                  try (LockFile lock = LockFile.exclusive(file, LONG)) {
                    int seen = counter[0];
                    Thread.yield();
                    counter[0] = seen + 1;
                    if (seen % 3 == 0) {
                      Files.delete(lock.file());
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> turn : turns) {
        turn.get();
      }
    } finally {
      threads.shutdown();
    }
    assertThat(counter[0]).isEqualTo(100);
  }

  @Test
  void leavesNoFileOpen() throws IOException {
    Path file = directory.resolve("lock");
    try (LockFile held = LockFile.exclusive(file, LONG)) {
      assertThat(LockFile.tryExclusive(held.file())).isEmpty();
      assertThat(openFiles(file)).isEqualTo(1);
    }
    assertThat(openFiles(file)).isZero();
  }

  /** Of the C library, what a child does that is being started: it has descriptors once more. */
  interface Duplicates extends Library {
    int dup(int descriptor);
  }

  @Test
  void aChildThatIsBeingStartedDoesNotGoOnHoldingIt() throws IOException {
    Path file = directory.resolve("lock");
    int childs = -1;
    try (LockFile held = LockFile.exclusive(file, LONG);
        Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      Path descriptor = open.filter(fd -> pointsTo(fd, held.file())).findFirst().orElseThrow();
      childs =
          Native.load("c", Duplicates.class)
              .dup(Integer.parseInt(descriptor.getFileName().toString()));
    }
    try {
      LockFile.tryExclusive(file).orElseThrow().close();
    } finally {
      LibC.get().close(childs);
    }
  }

  @Test
  void aDirectoryThatDoesNotExistIsToldWithTheFile() {
    assertThatThrownBy(() -> LockFile.tryExclusive(directory.resolve("missing/lock")))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("missing/lock")
        .hasMessageContaining("No such file");
  }

  private static long openFiles(Path file) throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.filter(fd -> pointsTo(fd, file)).count();
    }
  }

  private static boolean pointsTo(Path fd, Path file) {
    try {
      return Files.readSymbolicLink(fd).equals(file);
    } catch (IOException e) {
      return false; // The descriptor of the listing itself is gone by now.
    }
  }

  @Test
  void aDirectoryIsLockedUntilItIsClosed() throws IOException {
    Path locked = Files.createDirectory(directory.resolve("locked"));
    try (LockFile lock = LockFile.tryDirectory(locked).orElseThrow()) {
      assertThat(lock.file()).isEqualTo(locked);
      assertThat(LockFile.tryDirectory(locked)).isEmpty();
    }
    LockFile.tryDirectory(locked).orElseThrow().close();
  }

  @Test
  void aMissingDirectoryIsNotCreated() {
    assertThat(LockFile.tryDirectory(directory.resolve("missing"))).isEmpty();
    assertThat(directory.resolve("missing")).doesNotExist();
  }
}
