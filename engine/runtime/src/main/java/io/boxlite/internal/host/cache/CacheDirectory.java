package io.boxlite.internal.host.cache;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.DiskUsage;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.host.SharedEntry;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache directory, which many JVMs may share. Each entry is a file or a directory whose name ends
 * in the cache's suffix.
 *
 * <p>To use an entry, first hold its name with {@link #hold}, then make the entry if it does not
 * exist, use it, and close the hold. An entry that is held is not pruned. A pruned entry is renamed
 * before it is deleted, so that no partial entry is ever visible.
 *
 * <p>A hold is a shared lock on {@code NAME.use}, whose modification time is when the entry was
 * last used. The entry itself is never touched.
 */
public final class CacheDirectory {
  private static final String USE = ".use";

  /** A name is locked exclusively only while its entry is renamed. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(CacheDirectory.class);

  private final Path directory;
  private final String suffix;

  /**
   * Opens a cache in an existing directory.
   *
   * @param suffix the suffix of the names of entries; other files are ignored
   */
  public CacheDirectory(Path directory, String suffix) {
    this.directory = directory;
    this.suffix = suffix;
  }

  /**
   * Protects an entry from pruning, whether or not it exists yet, and marks it as used now.
   *
   * @param name the entry's file name
   */
  public CacheEntry hold(String name) {
    if (!name.endsWith(suffix)) {
      throw new IllegalArgumentException("name is \"" + name + "\"; it must end in " + suffix);
    }
    LockFile use = LockFile.shared(lock(name), TIMEOUT);
    try {
      Files.setLastModifiedTime(use.file(), FileTime.from(Instant.now()));
      return new CacheEntry(directory.resolve(name), use);
    } catch (IOException e) {
      use.close();
      throw new BoxliteException("cannot mark " + directory.resolve(name) + " as used: " + e, e);
    }
  }

  /**
   * An entry as it was when the cache was listed.
   *
   * @param path the file or directory
   * @param bytes its size on disk
   * @param lastUsed when it was last used
   */
  public record Listed(Path path, long bytes, Instant lastUsed) {}

  /** Returns all entries, the most recently used first. */
  public List<Listed> list() {
    return entries().stream()
        .sorted(Comparator.comparing(Entry::lastUsed).reversed())
        .map(entry -> new Listed(directory.resolve(entry.name), entry.bytes, entry.lastUsed))
        .toList();
  }

  /** Returns the size of all entries on disk, in bytes. */
  public long size() {
    return entries().stream().mapToLong(Entry::bytes).sum();
  }

  /**
   * Deletes entries that are not held, the least recently used first, until the size on disk is
   * within a limit, or all remaining entries are in use.
   *
   * @param maxBytes the limit in bytes, 0 or more
   * @param caches the caches that share the limit
   * @return the number of bytes freed
   */
  public static long prune(long maxBytes, List<CacheDirectory> caches) {
    caches.forEach(CacheDirectory::deleteLeftovers);
    List<Entry> entries =
        new ArrayList<>(caches.stream().flatMap(cache -> cache.entries().stream()).toList());
    entries.sort(Comparator.comparing(Entry::lastUsed));
    long excess = entries.stream().mapToLong(Entry::bytes).sum() - maxBytes;
    long freed = 0;
    for (Entry entry : entries) {
      if (freed >= excess) {
        break;
      }
      if (entry.cache.delete(entry)) {
        freed += entry.bytes;
      }
    }
    return freed;
  }

  /**
   * Deletes an entry unless it is held.
   *
   * @return whether this call deleted it
   */
  public boolean delete(String name) {
    return delete(new Entry(this, name, 0, Instant.EPOCH));
  }

  private record Entry(CacheDirectory cache, String name, long bytes, Instant lastUsed) {}

  private List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + suffix)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        lastUsed(name)
            .ifPresent(when -> entries.add(new Entry(this, name, DiskUsage.bytes(file), when)));
      }
    } catch (IOException e) {
      throw new BoxliteException("cannot list the cache " + directory + ": " + e, e);
    }
    return entries;
  }

  /** Returns when an entry was last used; empty if it has been deleted meanwhile. */
  private Optional<Instant> lastUsed(String name) throws IOException {
    for (Path mark : List.of(lock(name), directory.resolve(name))) {
      try {
        return Optional.of(Files.getLastModifiedTime(mark).toInstant());
      } catch (NoSuchFileException e) {
        // An entry that was never held has no lock.
      }
    }
    return Optional.empty();
  }

  private boolean delete(Entry entry) {
    Optional<LockFile> lock = LockFile.tryExclusive(lock(entry.name));
    if (lock.isEmpty()) {
      return false;
    }
    try {
      Path pruned;
      try (LockFile held = lock.get().deletedOnClose()) {
        pruned = SharedEntry.rename(directory.resolve(entry.name));
      }
      FileTree.delete(pruned);
      log.debug("pruned {} from {}: {} bytes", entry.name, directory, entry.bytes);
      return true;
    } catch (NoSuchFileException e) {
      return false; // Another JVM deleted it.
    } catch (IOException e) {
      log.warn("cannot prune {} from the cache {}: {}", entry.name, directory, e.toString());
      return false;
    }
  }

  /**
   * Deletes the leftovers of processes that died, and the locks of entries that were never made.
   */
  private void deleteLeftovers() {
    SharedEntry.sweep(directory);
    try (DirectoryStream<Path> locks = Files.newDirectoryStream(directory, "*" + suffix + USE)) {
      for (Path lock : locks) {
        String name = lock.getFileName().toString();
        name = name.substring(0, name.length() - USE.length());
        if (!Files.exists(directory.resolve(name))) {
          delete(name);
        }
      }
    } catch (IOException e) {
      log.warn("cannot delete leftovers in the cache {}: {}", directory, e.toString());
    }
  }

  private Path lock(String name) {
    return directory.resolve(name + USE);
  }
}
