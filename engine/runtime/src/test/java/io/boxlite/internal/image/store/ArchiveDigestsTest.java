package io.boxlite.internal.image.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.image.layer.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveDigestsTest {
  @TempDir Path directory;

  private Path file;
  private ArchiveDigests digests;

  @BeforeEach
  void writeFile() throws IOException {
    file = Files.writeString(directory.resolve("archive"), "content");
    digests = new ArchiveDigests(directory.resolve("digests"));
  }

  @Test
  void computesTheDigestOfAFile() {
    assertThat(digests.digest(file, "a")).isEqualTo(Digest.of("content".getBytes(UTF_8)));
  }

  @Test
  void doesNotRememberAFileThatCouldStillChangeUnseen() throws IOException {
    digests.digest(file, "a");
    assertThat(directory.resolve("digests")).doesNotExist();
  }

  @Test
  void remembersAFileOnceItsTimesAreOfThePast() throws IOException {
    awaitNote();
    Path note = note();
    String forged = Files.readString(note).replaceAll("sha256:.*", "sha256:" + "0".repeat(64));
    Files.writeString(note, forged);
    assertThat(digests.digest(file, "a").hex()).isEqualTo("0".repeat(64));
  }

  @Test
  void computesAgainWhenAnythingAboutTheFileHasChanged() throws IOException {
    awaitNote();
    FileTime time = Files.getLastModifiedTime(file);
    Files.writeString(file, "CONTENT");
    Files.setLastModifiedTime(file, time);
    assertThat(digests.digest(file, "a")).isEqualTo(Digest.of("CONTENT".getBytes(UTF_8)));
  }

  @Test
  void computesAgainWhenTheNoteMakesNoSense() throws IOException {
    awaitNote();
    Files.writeString(note(), "garbage");
    assertThat(digests.digest(file, "a")).isEqualTo(Digest.of("content".getBytes(UTF_8)));
  }

  private void awaitNote() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              digests.digest(file, "a");
              return Files.exists(directory.resolve("digests"));
            });
  }

  private Path note() throws IOException {
    try (var notes = Files.list(directory.resolve("digests"))) {
      return notes.findFirst().orElseThrow();
    }
  }
}
