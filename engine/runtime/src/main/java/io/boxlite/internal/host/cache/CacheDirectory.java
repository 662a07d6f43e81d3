package io.boxlite.internal.host.cache;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.DiskUsage;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.LockFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of things that can be made again: each entry a file or a directory whose name ends in
 * the cache's suffix. Many JVMs may share it.
 *
 * <p>Whoever wants an entry first holds its name with {@link #hold}, then looks whether it is there
 * and makes it where it is not, then uses it, and lets go. What is held by anybody is never pruned;
 * what is pruned is renamed before it is deleted, so that no half of it is ever found.
 *
 * <p>The lock {@code NAME.use} is what users hold, and its time of modification is when the entry
 * was last wanted: the entry itself is never touched.
 */
public final class CacheDirectory {
  private static final String USE = ".use";
  private static final String PRUNED = ".pruned";

  /** The exclusive lock on a name is held for a rename only. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(CacheDirectory.class);

  private final Path directory;
  private final String suffix;

  /**
   * Uses a directory, which exists.
   *
   * @param suffix how the names of entries end; what is called otherwise is left alone
   */
  public CacheDirectory(Path directory, String suffix) {
    this.directory = directory;
    this.suffix = suffix;
  }

  /**
   * Protects an entry from being pruned, whether or not it exists yet, and marks it as used now.
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
   * An entry as it was when it was listed.
   *
   * @param path the file or directory
   * @param bytes what it takes on the disk
   * @param lastUsed when it was last wanted
   */
  public record Listed(Path path, long bytes, Instant lastUsed) {}

  /** All entries, the one used last first. */
  public List<Listed> list() {
    return entries().stream()
        .sorted(Comparator.comparing(Entry::lastUsed).reversed())
        .map(entry -> new Listed(directory.resolve(entry.name), entry.bytes, entry.lastUsed))
        .toList();
  }

  /** What all entries take on the disk, in bytes. */
  public long size() {
    return entries().stream().mapToLong(Entry::bytes).sum();
  }

  /**
   * Deletes entries that nobody holds, the least recently used first, until what all take on the
   * disk is within a bound, or all that is left is in use.
   *
   * @param maxBytes the bound, 0 or more
   * @param caches the directories that share it
   * @return how many bytes of the disk were given back
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
   * Deletes one entry unless somebody holds it.
   *
   * @return whether it is gone
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
        if (!name.endsWith(USE) && !name.endsWith(PRUNED)) {
          lastUsed(name)
              .ifPresent(when -> entries.add(new Entry(this, name, DiskUsage.bytes(file), when)));
        }
      }
    } catch (IOException e) {
      throw new BoxliteException("cannot list the cache " + directory + ": " + e, e);
    }
    return entries;
  }

  /** Empty when the entry has gone meanwhile. */
  private Optional<Instant> lastUsed(String name) throws IOException {
    for (Path mark : List.of(lock(name), directory.resolve(name))) {
      try {
        return Optional.of(Files.getLastModifiedTime(mark).toInstant());
      } catch (NoSuchFileException e) {
        // An entry that nobody has held since it was made has no lock.
      }
    }
    return Optional.empty();
  }

  private boolean delete(Entry entry) {
    Optional<LockFile> lock = LockFile.tryExclusive(lock(entry.name));
    if (lock.isEmpty()) {
      return false;
    }
    Path pruned = directory.resolve(entry.name + "." + UUID.randomUUID() + PRUNED);
    try {
      try (LockFile held = lock.get()) {
        try {
          Files.move(directory.resolve(entry.name), pruned, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          Files.deleteIfExists(held.file());
        }
      }
      FileTree.delete(pruned);
      log.debug("pruned {} from {}: {} bytes", entry.name, directory, entry.bytes);
      return true;
    } catch (NoSuchFileException e) {
      return false; // Another JVM was faster.
    } catch (IOException e) {
      log.warn("cannot prune {} from the cache {}: {}", entry.name, directory, e.toString());
      return false;
    }
  }

  /** Deletes what pruners that died had renamed, and the locks of entries that never came. */
  private void deleteLeftovers() {
    try (DirectoryStream<Path> pruned = Files.newDirectoryStream(directory, "*" + PRUNED);
        DirectoryStream<Path> locks = Files.newDirectoryStream(directory, "*" + suffix + USE)) {
      for (Path file : pruned) {
        FileTree.delete(file);
      }
      for (Path lock : locks) {
        String name = lock.getFileName().toString();
        name = name.substring(0, name.length() - USE.length());
        if (!Files.exists(directory.resolve(name))) {
          delete(name);
        }
      }
    } catch (IOException e) {
      log.warn("cannot delete what is left over in the cache {}: {}", directory, e.toString());
    }
  }

  private Path lock(String name) {
    return directory.resolve(name + USE);
  }
}
