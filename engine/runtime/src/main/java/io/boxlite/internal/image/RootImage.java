package io.boxlite.internal.image;

import io.boxlite.internal.host.cache.CacheEntry;
import io.boxlite.internal.image.erofs.ErofsLookup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A read-only root file system, ready to be given to a box; it is not pruned until this is closed.
 *
 * @param entry the EROFS image among the root images
 * @param digest what it was made from ({@code sha256:…}): the digest of the image's manifest, of
 *     its configuration for a docker archive, or of the archive's bytes for a plain root file
 *     system
 * @param config what the image says about the programs to run in it
 */
public record RootImage(CacheEntry entry, String digest, ImageConfig config)
    implements AutoCloseable {

  /** The EROFS image, which stays as it is while this is open. */
  public Path file() {
    return entry.path();
  }

  /**
   * Looks for a user in it, {@code name} or {@code uid}, and maybe {@code :group} or {@code :gid}.
   *
   * @return what the image lacks of it; nothing when it has all, or only a box can tell
   */
  public Optional<String> missing(String user) {
    return ImageUsers.missing(file(), user);
  }

  /**
   * Looks for a directory in it.
   *
   * @param path an absolute path
   * @return whether it has the directory; false also when only a box can tell
   */
  public boolean hasDirectory(String path) {
    List<String> names = Stream.of(path.split("/")).filter(name -> !name.isEmpty()).toList();
    if (names.contains(".") || names.contains("..")) {
      return false;
    }
    try (ErofsLookup lookup = ErofsLookup.open(file())) {
      return lookup.hasDirectory(names);
    } catch (IOException e) {
      return false; // whoever starts a box of it is told
    }
  }

  /** Lets the image be pruned. It may be called twice. */
  @Override
  public void close() {
    entry.close();
  }
}
