package io.boxlite.internal.host.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheDirectoryTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private CacheDirectory cache;

  @BeforeEach
  void open() {
    cache = new CacheDirectory(directory, ".erofs");
  }

  @Test
  void theLeastRecentlyUsedGoFirst() throws IOException {
    for (String name : List.of("a", "b", "c", "d")) {
      add(name + ".erofs", MIB);
    }
    usedSecondsAgo("b.erofs", 40);
    usedSecondsAgo("d.erofs", 30);
    usedSecondsAgo("a.erofs", 20);
    usedSecondsAgo("c.erofs", 10);
    assertThat(CacheDirectory.prune(2L * MIB, List.of(cache))).isEqualTo(2L * MIB);
    assertThat(names()).containsExactly("a.erofs", "a.erofs.use", "c.erofs", "c.erofs.use");
    cache.hold("a.erofs").close();
    assertThat(CacheDirectory.prune(MIB, List.of(cache))).isEqualTo(MIB);
    assertThat(names()).containsExactly("a.erofs", "a.erofs.use");
  }

  @Test
  void whatIsInUseStaysWhateverTheBound() throws IOException {
    add("used.erofs", MIB);
    add("unused.erofs", MIB);
    try (CacheEntry first = cache.hold("used.erofs")) {
      try (CacheEntry second = cache.hold("used.erofs")) {
        assertThat(second.path()).isEqualTo(first.path());
      }
      usedSecondsAgo("unused.erofs", 0);
      assertThat(CacheDirectory.prune(0, List.of(cache))).isEqualTo(MIB);
      assertThat(names()).containsExactly("used.erofs", "used.erofs.use");
      assertThat(cache.delete("used.erofs")).isFalse();
    }
    assertThat(cache.delete("used.erofs")).isTrue();
    assertThat(names()).isEmpty();
  }

  @Test
  void whatIsHeldBeforeItIsMadeIsNotPrunedWhenItComes() throws IOException {
    try (CacheEntry held = cache.hold("new.erofs")) {
      add("new.erofs", MIB);
      assertThat(CacheDirectory.prune(0, List.of(cache))).isZero();
      assertThat(held.path()).isEqualTo(directory.resolve("new.erofs")).exists();
    }
  }

  @Test
  void whatWasNeverHeldIsAsOldAsItsFile() throws IOException {
    add("old.erofs", MIB);
    add("new.erofs", MIB);
    Files.setLastModifiedTime(
        directory.resolve("old.erofs"), FileTime.from(Instant.now().minusSeconds(60)));
    CacheDirectory.prune(MIB, List.of(cache));
    assertThat(names()).containsExactly("new.erofs");
  }

  @Test
  void holesTakeNoRoom() throws IOException {
    Files.createDirectory(directory.resolve("sparse.erofs"));
    add("sparse.erofs/memory", MIB);
    try (RandomAccessFile file =
        new RandomAccessFile(directory.resolve("sparse.erofs/memory").toFile(), "rw")) {
      file.setLength(1L << 30);
    }
    assertThat(cache.size()).isBetween((long) MIB, 2L * MIB);
    assertThat(CacheDirectory.prune(2L * MIB, List.of(cache))).isZero();
  }

  @Test
  void directoriesAreEntriesAndOtherFilesAreNot() throws IOException {
    Files.createDirectories(directory.resolve("whole.erofs/inner"));
    add("whole.erofs/inner/file", MIB);
    add("other.png", MIB);
    Files.createDirectory(directory.resolve("digests"));
    CacheDirectory.prune(0, List.of(cache));
    assertThat(names()).containsExactly("digests", "other.png");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> cache.hold("other.png"))
        .withMessageContaining("other.png")
        .withMessageContaining(".erofs");
  }

  @Test
  void severalDirectoriesShareOneBound(@TempDir Path second) throws IOException {
    add("image.erofs", MIB);
    usedSecondsAgo("image.erofs", 60);
    Files.createDirectory(second.resolve("t.template"));
    Files.write(second.resolve("t.template/state"), new byte[MIB]);
    CacheDirectory templates = new CacheDirectory(second, ".template");
    CacheDirectory.prune(templates.size() + 1, List.of(templates, cache));
    assertThat(names()).isEmpty();
    assertThat(second.resolve("t.template")).exists();
  }

  @Test
  void whatTheDeadHaveLeftIsDeleted() throws IOException {
    add("a.erofs.0b7e.deleted", MIB);
    cache.hold("neverMade.erofs").close();
    CacheDirectory.prune(Long.MAX_VALUE, List.of(cache));
    assertThat(names()).isEmpty();
  }

  @Test
  void usersNeverSeeTheirEntryGoWhileOthersPrune() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Integer>> users = new ArrayList<>();
      for (int user = 0; user < 3; user++) {
        users.add(this::useManyTimes);
      }
      users.add(
          () -> {
            for (int i = 0; i < 300; i++) {
              CacheDirectory.prune(0, List.of(cache));
            }
            return 0;
          });
      for (Future<Integer> gone : threads.invokeAll(users)) {
        assertThat(gone.get()).isZero();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private int useManyTimes() throws IOException {
    int gone = 0;
    for (int i = 0; i < 200; i++) {
      String name = i % 2 + ".erofs";
      try (CacheEntry held = cache.hold(name)) {
        if (!Files.exists(held.path())) {
          Files.write(held.path(), new byte[4096]);
        }
        Thread.yield();
        gone += Files.exists(held.path()) ? 0 : 1;
      }
    }
    return gone;
  }

  @Test
  void thePrunerPrunesOffTheCallersThreadAndEnds() throws IOException {
    add("a.erofs", MIB);
    try (CachePruner pruner = new CachePruner(0, List.of(cache))) {
      pruner.added();
      await().until(() -> names().isEmpty());
      add("b.erofs", MIB);
      pruner.added();
      await().until(() -> names().isEmpty());
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("boxlite-cache-pruner"));
  }

  private void add(String name, int bytes) throws IOException {
    Files.write(directory.resolve(name), new byte[bytes]);
  }

  private void usedSecondsAgo(String name, int seconds) throws IOException {
    try (CacheEntry used = cache.hold(name)) {
      Files.setLastModifiedTime(
          used.use().file(), FileTime.from(Instant.now().minusSeconds(seconds)));
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
