package io.boxlite.internal.image;

import io.boxlite.internal.host.cache.CacheEntry;
import java.nio.file.Path;
import java.util.Optional;

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

  /** Lets the image be pruned. It may be called twice. */
  @Override
  public void close() {
    entry.close();
  }
}
