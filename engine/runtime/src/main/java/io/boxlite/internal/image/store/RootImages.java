package io.boxlite.internal.image.store;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.host.cache.CacheDirectory;
import io.boxlite.internal.host.cache.CacheEntry;
import io.boxlite.internal.image.erofs.ErofsWriter;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.LayerMerge;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.SourceImage;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The root images of a home directory, one for each image that was ever asked for.
 *
 * <p>An image is made under the name {@code KEY.unfinished} by the holder of {@code KEY.lock}, put
 * on the disk, and then renamed to {@code KEY.erofs}; so that name never belongs to half an image,
 * whatever dies when.
 */
public final class RootImages {
  /** Goes up whenever the same layers would make another image. */
  private static final int FORMAT = 1;

  private static final Duration TIMEOUT = Duration.ofMinutes(30);
  private static final String IMAGE = ".erofs";
  private static final String UNFINISHED = ".unfinished";
  private static final Logger log = LoggerFactory.getLogger(RootImages.class);

  private final Path directory;
  private final CacheDirectory cache;
  private final Limits limits;
  private final Runnable onAdded;

  /**
   * Uses a directory, which exists.
   *
   * @param onAdded is told of each image that was made
   */
  public RootImages(Path directory, Limits limits, Runnable onAdded) {
    this.directory = directory;
    cache = cache(directory);
    this.limits = limits;
    this.onAdded = onAdded;
  }

  /** The root images in a directory, as what can be made again. */
  public static CacheDirectory cache(Path directory) {
    return new CacheDirectory(directory, IMAGE);
  }

  /** Finds the root image of an image, making it where there is none. */
  public CacheEntry rootImage(SourceImage image) {
    String key = image.digest().hex() + "-" + FORMAT;
    CacheEntry entry = cache.hold(key + IMAGE);
    try {
      complete(image, key, entry.path());
      return entry;
    } catch (RuntimeException | Error e) {
      entry.close();
      throw e;
    }
  }

  private void complete(SourceImage image, String key, Path file) {
    byte[] uuid = uuid(image.digest());
    try {
      if (isComplete(file, uuid)) {
        return;
      }
      try (LockFile lock = LockFile.exclusive(directory.resolve(key + ".lock"), TIMEOUT)) {
        try {
          if (!isComplete(file, uuid)) {
            make(image, uuid, directory.resolve(key + UNFINISHED), file);
          }
        } finally {
          Files.delete(lock.file());
        }
      }
    } catch (ClosedByInterruptException e) {
      throw new BoxliteException(
          "interrupted while looking for or making the root image " + file, e);
    } catch (IOException e) {
      throw new BoxliteException("cannot make the root image " + file + ": " + e, e);
    }
  }

  private void make(SourceImage image, byte[] uuid, Path unfinished, Path file) throws IOException {
    long start = System.nanoTime();
    if (Files.exists(file)) {
      log.warn("{} is damaged and is made anew", file);
    }
    try {
      LayerMerge.write(image.layers(), image.whiteouts(), limits, unfinished, uuid);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    log.info(
        "made the root image of {} in {} ms: {}",
        image.name(),
        (System.nanoTime() - start) / 1_000_000,
        file);
    onAdded.run();
  }

  /** The digest's first half as a UUID of version 8, "custom" (RFC 9562, section 5.8). */
  private static byte[] uuid(Digest digest) {
    byte[] uuid = Arrays.copyOf(digest.bytes(), 16);
    uuid[6] = (byte) (uuid[6] & 0x0f | 0x80);
    uuid[8] = (byte) (uuid[8] & 0x3f | 0x80);
    return uuid;
  }

  private static boolean isComplete(Path file, byte[] uuid) throws IOException {
    try {
      return ErofsWriter.isImage(file, uuid);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Deletes what JVMs that died have left behind. */
  public void deleteLeftovers() {
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, "*" + UNFINISHED)) {
      for (Path unfinished : leftovers) {
        String name = unfinished.getFileName().toString();
        String key = name.substring(0, name.length() - UNFINISHED.length());
        var lock = LockFile.tryExclusive(directory.resolve(key + ".lock"));
        if (lock.isPresent()) {
          try (LockFile held = lock.get()) {
            Files.deleteIfExists(unfinished);
            Files.delete(held.file());
          }
        }
      }
    } catch (IOException e) {
      log.warn("cannot delete what is left of unfinished root images in {}: {}", directory, "" + e);
    }
  }
}
