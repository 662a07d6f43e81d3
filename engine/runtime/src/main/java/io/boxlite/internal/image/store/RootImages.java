package io.boxlite.internal.image.store;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.SharedEntry;
import io.boxlite.internal.host.cache.CacheDirectory;
import io.boxlite.internal.host.cache.CacheEntry;
import io.boxlite.internal.image.erofs.ErofsWriter;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.LayerMerge;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.SourceImage;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The root images of a home directory, one for each image that has been used.
 *
 * <p>Each is a {@link SharedEntry}, {@code KEY.erofs}.
 */
public final class RootImages {
  /** Increased whenever the same layers would result in a different image. */
  private static final int FORMAT = 1;

  private static final Duration TIMEOUT = Duration.ofMinutes(30);
  private static final String IMAGE = ".erofs";
  private static final Logger log = LoggerFactory.getLogger(RootImages.class);

  private final Path directory;
  private final CacheDirectory cache;
  private final Limits limits;
  private final Runnable onAdded;

  /**
   * Opens the root images in an existing directory.
   *
   * @param onAdded called after each new root image
   */
  public RootImages(Path directory, Limits limits, Runnable onAdded) {
    this.directory = directory;
    cache = cache(directory);
    this.limits = limits;
    this.onAdded = onAdded;
  }

  /** Returns the cache of root images in a directory. */
  public static CacheDirectory cache(Path directory) {
    return new CacheDirectory(directory, IMAGE);
  }

  /** Returns the root image of an image, making it if it does not exist. */
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
      try (SharedEntry entry = SharedEntry.lock(directory, key, TIMEOUT)) {
        if (!isComplete(file, uuid)) {
          make(image, uuid, entry, file);
        }
      }
    } catch (ClosedByInterruptException e) {
      throw new BoxliteException("interrupted while making the root image " + file, e);
    } catch (IOException e) {
      throw new BoxliteException("cannot make the root image " + file + ": " + e, e);
    }
  }

  private void make(SourceImage image, byte[] uuid, SharedEntry entry, Path file)
      throws IOException {
    long start = System.nanoTime();
    if (Files.exists(file)) {
      log.warn("{} is damaged; making it again", file);
    }
    entry.make(
        file,
        unfinished ->
            LayerMerge.write(image.layers(), image.whiteouts(), limits, unfinished, uuid));
    log.info(
        "made the root image of {} in {} ms: {}",
        image.name(),
        (System.nanoTime() - start) / 1_000_000,
        file);
    onAdded.run();
  }

  /** Returns the digest's first half as a UUID of version 8, "custom" (RFC 9562, section 5.8). */
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

  /** Deletes the leftovers of JVMs that died. */
  public void deleteLeftovers() {
    SharedEntry.sweep(directory);
  }
}
