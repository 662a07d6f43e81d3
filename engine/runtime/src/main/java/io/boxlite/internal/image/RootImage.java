package io.boxlite.internal.image;

import io.boxlite.internal.host.cache.CacheEntry;
import io.boxlite.internal.image.erofs.ErofsLookup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A read-only root file system for boxes. It is not pruned until this is closed.
 *
 * @param entry the EROFS image in the cache of root images
 * @param digest the digest of its source ({@code sha256:…}): that of the image's manifest, of the
 *     configuration for a Docker archive, or of the archive for a plain root file system
 * @param config the image's configuration for running programs
 */
public record RootImage(CacheEntry entry, String digest, ImageConfig config)
    implements AutoCloseable {

  /** Returns the EROFS image, which does not change while this is open. */
  public Path file() {
    return entry.path();
  }

  /**
   * Looks up a user, {@code name} or {@code uid}, optionally with {@code :group} or {@code :gid}.
   *
   * @return what the image lacks; empty when it lacks nothing, or only a box can tell
   */
  public Optional<String> missing(String user) {
    return ImageUsers.missing(file(), user);
  }

  /**
   * Looks up a directory.
   *
   * @param path an absolute path
   * @return whether the directory exists; false also when only a box can tell
   */
  public boolean hasDirectory(String path) {
    List<String> names = Stream.of(path.split("/")).filter(name -> !name.isEmpty()).toList();
    if (names.contains(".") || names.contains("..")) {
      return false;
    }
    try (ErofsLookup lookup = ErofsLookup.open(file())) {
      return lookup.hasDirectory(names);
    } catch (IOException e) {
      return false; // an error when a box is started
    }
  }

  /** Allows the image to be pruned. A second call does nothing. */
  @Override
  public void close() {
    entry.close();
  }
}
