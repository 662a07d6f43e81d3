package io.boxlite.internal.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DeadConverterTest kills a JVM that makes an entry. */
class SharedEntryTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @TempDir Path directory;
  private Path entry;

  @BeforeEach
  void nameEntry() {
    entry = directory.resolve("key.thing");
  }

  @Test
  void hasItsNameOnlyWhenItIsComplete() throws IOException {
    make(
        unfinished -> {
          Files.writeString(unfinished, "half");
          assertThat(entry).doesNotExist();
          assertThat(names()).containsExactlyInAnyOrder("key.lock", "key.unfinished");
          Files.writeString(unfinished, "whole");
        });
    assertThat(entry).hasContent("whole");
    assertThat(names()).containsExactly("key.thing");
  }

  @Test
  void leavesNothingWhenItCannotBeMade() {
    assertThatIOException()
        .isThrownBy(
            () ->
                make(
                    unfinished -> {
                      Files.createDirectory(unfinished);
                      Files.writeString(unfinished.resolve("file"), "half");
                      throw new IOException("the disk is full");
                    }))
        .withMessage("the disk is full");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void replacesADirectoryWhoseOpenFilesStayReadable() throws IOException {
    make(directoryWith("old"));
    try (InputStream open = Files.newInputStream(entry.resolve("file"))) {
      make(directoryWith("new"));
      assertThat(new String(open.readAllBytes(), UTF_8)).isEqualTo("old");
    }
    assertThat(entry.resolve("file")).hasContent("new");
    assertThat(names()).containsExactly("key.thing");
  }

  @Test
  void replacesWhatAMakerThatDiedHasLeft() throws IOException {
    directoryWith("half").write(directory.resolve("key.unfinished"));
    make(unfinished -> Files.writeString(unfinished, "whole"));
    assertThat(entry).hasContent("whole");
    assertThat(names()).containsExactly("key.thing");
  }

  @Test
  void ofManyMakersAtOnceOneMakesIt() throws Exception {
    AtomicInteger made = new AtomicInteger();
    Callable<String> maker =
        () -> {
          try (SharedEntry lock = SharedEntry.lock(directory, "key", TIMEOUT)) {
            if (!Files.exists(entry)) {
              lock.make(
                  entry,
                  unfinished -> {
                    Files.writeString(unfinished, "number " + made.incrementAndGet());
                    Thread.yield();
                  });
            }
          }
          return Files.readString(entry);
        };
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (Future<String> content :
          threads.invokeAll(Stream.generate(() -> maker).limit(32).toList())) {
        assertThat(content.get()).isEqualTo("number 1");
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(names()).containsExactly("key.thing");
  }

  @Test
  void sweepingSparesEntriesAndWhatIsBeingMade() throws IOException {
    for (String name : List.of("dead.unfinished", "gone.thing.4711.deleted", "key.thing")) {
      directoryWith("x").write(directory.resolve(name));
    }
    Files.createFile(directory.resolve("dead.lock"));
    try (SharedEntry lock = SharedEntry.lock(directory, "alive", TIMEOUT)) {
      lock.make(
          directory.resolve("alive.thing"),
          unfinished -> {
            directoryWith("y").write(unfinished);
            SharedEntry.sweep(directory);
            assertThat(names())
                .containsExactlyInAnyOrder("alive.lock", "alive.unfinished", "key.thing");
          });
    }
    assertThat(names()).containsExactlyInAnyOrder("alive.thing", "key.thing");
  }

  @Test
  void deletingAnEntryThatIsMissingIsAnError() throws IOException {
    make(directoryWith("x"));
    SharedEntry.delete(entry);
    assertThat(directory).isEmptyDirectory();
    assertThatThrownBy(() -> SharedEntry.delete(entry)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void anAtomicFileIsReplacedAsAWhole() throws IOException {
    Path file = directory.resolve("note");
    AtomicFile.write(file, "first, and longer");
    AtomicFile.write(file, "zweiter ü");
    assertThat(Files.readString(file)).isEqualTo("zweiter ü");
    assertThat(names()).containsExactly("note");
  }

  private void make(SharedEntry.Content content) throws IOException {
    try (SharedEntry lock = SharedEntry.lock(directory, "key", TIMEOUT)) {
      lock.make(entry, content);
    }
  }

  private static SharedEntry.Content directoryWith(String text) {
    return path -> {
      Files.createDirectory(path);
      Files.writeString(path.resolve("file"), text);
    };
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
