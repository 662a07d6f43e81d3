package io.boxlite.internal.image.store;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.AtomicFile;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.VerifyingStream;
import io.boxlite.text.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Caches the digests of local archives, so that a large one is not read again for each box.
 *
 * <p>A digest is stored with the file's inode, size and times, and is valid as long as these are
 * unchanged. As in git's index, the digest of a file that was just changed is not stored, because
 * the file could change again within the resolution of the clock.
 */
public final class ArchiveDigests {
  private static final Duration CLOCK_RESOLUTION = Duration.ofSeconds(2);
  private static final Logger log = LoggerFactory.getLogger(ArchiveDigests.class);

  private final Path directory;

  /** Stores digests in a directory, which is created when it is first needed. */
  public ArchiveDigests(Path directory) {
    this.directory = directory;
  }

  /** Returns the digest of a file, stored or computed. */
  public Digest digest(Path archive, String name) {
    Path file = archive.toAbsolutePath().normalize();
    Path note = directory.resolve(Sha256.hex(file.toString()));
    try {
      String stat = stat(file);
      Optional<Digest> remembered = recall(note, stat);
      if (remembered.isPresent()) {
        return remembered.get();
      }
      Digest digest;
      try (VerifyingStream content =
          new VerifyingStream(Files.newInputStream(file), name, -1, null)) {
        digest = content.drain().digest();
      }
      if (stat(file).equals(stat) && isSettled(file)) {
        remember(note, stat, digest);
      }
      return digest;
    } catch (IOException e) {
      throw new BoxliteException(name + " cannot be read: " + e, e);
    }
  }

  private static String stat(Path file) throws IOException {
    Map<String, Object> stat =
        Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime");
    return stat.get("dev")
        + " "
        + stat.get("ino")
        + " "
        + stat.get("size")
        + " "
        + stat.get("lastModifiedTime")
        + " "
        + stat.get("ctime");
  }

  private static boolean isSettled(Path file) throws IOException {
    FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
    return changed.toInstant().isBefore(Instant.now().minus(CLOCK_RESOLUTION));
  }

  private static Optional<Digest> recall(Path note, String stat) throws IOException {
    try {
      String text = Files.readString(note, StandardCharsets.UTF_8);
      String prefix = stat + " ";
      return text.startsWith(prefix)
          ? Optional.of(Digest.parse(text.substring(prefix.length()), "the note " + note))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Stores a digest. A failure only costs time. */
  private void remember(Path note, String stat, Digest digest) {
    try {
      Files.createDirectories(directory);
      AtomicFile.write(note, stat + " " + digest);
    } catch (IOException e) {
      log.warn("cannot store a digest in {}: {}", note, "" + e);
    }
  }
}
