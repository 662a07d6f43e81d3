package io.boxlite.internal.host;

import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file or directory that many JVMs share, locked by the one that makes it.
 *
 * <p>The holder of {@code KEY.lock} makes the entry under the name {@code KEY.unfinished} and then
 * renames it, so the entry's own name never refers to an incomplete entry, even if a process dies.
 * For the same reason, an entry is renamed before it is deleted. {@link #sweep} deletes what
 * processes that died have left.
 */
public final class SharedEntry implements AutoCloseable {
  private static final String LOCK = ".lock";
  private static final String UNFINISHED = ".unfinished";
  private static final String DELETED = ".deleted";
  private static final Logger log = LoggerFactory.getLogger(SharedEntry.class);

  private final LockFile lock;
  private final Path unfinished;

  private SharedEntry(LockFile lock, Path unfinished) {
    this.lock = lock;
    this.unfinished = unfinished;
  }

  /** Writes the content of an entry. */
  public interface Content {
    /**
     * Makes a file, or a directory with its contents. Must force it to the disk if it has to
     * survive a crash of the machine.
     *
     * @param unfinished the path to make it at, where nothing exists
     */
    void write(Path unfinished) throws IOException;
  }

  /**
   * Locks an entry, waiting for another process or thread that makes it. The caller must then check
   * again whether the entry exists.
   *
   * @param directory the entry's directory, which exists
   * @param key the entry's name up to the first dot
   * @param timeout how long to wait
   * @throws BoxliteException when another holds the lock for longer, or this thread is interrupted
   */
  public static SharedEntry lock(Path directory, String key, Duration timeout) {
    LockFile lock = LockFile.exclusive(directory.resolve(key + LOCK), timeout).deletedOnClose();
    return new SharedEntry(lock, directory.resolve(key + UNFINISHED));
  }

  /**
   * Makes the entry, replacing one that exists. Nothing is left of it when that fails.
   *
   * @param entry the entry's path
   */
  public void make(Path entry, Content content) throws IOException {
    FileTree.delete(unfinished);
    try {
      content.write(unfinished);
      if (Files.isDirectory(entry)) {
        delete(entry); // Only a file is replaced by a rename.
      }
      Files.move(unfinished, entry, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      FileTree.delete(unfinished);
    }
  }

  /** Releases the lock. */
  @Override
  public void close() {
    lock.close();
  }

  /**
   * Deletes an entry. Processes that have its files open can go on using them.
   *
   * @throws NoSuchFileException when the entry does not exist
   */
  public static void delete(Path entry) throws IOException {
    FileTree.delete(rename(entry));
  }

  /**
   * Renames an entry that is about to be deleted, so that its name is free.
   *
   * @return its new path, which {@link #sweep} deletes if the caller does not
   * @throws NoSuchFileException when the entry does not exist
   */
  public static Path rename(Path entry) throws IOException {
    Path renamed = entry.resolveSibling(entry.getFileName() + "." + UUID.randomUUID() + DELETED);
    return Files.move(entry, renamed, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Deletes what processes that died while making or deleting entries have left in a directory. */
  public static void sweep(Path directory) {
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(directory, "*{" + UNFINISHED + "," + DELETED + "}")) {
      for (Path leftover : leftovers) {
        if (leftover.toString().endsWith(DELETED)) {
          FileTree.delete(leftover);
        } else {
          deleteUnfinished(leftover);
        }
      }
    } catch (IOException e) {
      log.warn("cannot delete leftovers in {}: {}", directory, e.toString());
    }
  }

  private static void deleteUnfinished(Path unfinished) throws IOException {
    String name = unfinished.getFileName().toString();
    String key = name.substring(0, name.length() - UNFINISHED.length());
    Optional<LockFile> lock = LockFile.tryExclusive(unfinished.resolveSibling(key + LOCK));
    if (lock.isPresent()) {
      try (LockFile held = lock.get().deletedOnClose()) {
        FileTree.delete(unfinished);
      }
    }
  }
}
