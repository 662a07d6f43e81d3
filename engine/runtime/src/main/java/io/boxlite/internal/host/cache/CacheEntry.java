package io.boxlite.internal.host.cache;

import io.boxlite.internal.host.LockFile;
import java.nio.file.Path;

/**
 * An entry of a {@link CacheDirectory} that is protected from pruning until this is closed or this
 * process ends.
 *
 * @param path the path of the entry, which may not exist yet
 * @param use the lock that protects the entry
 */
public record CacheEntry(Path path, LockFile use) implements AutoCloseable {
  /** Ends the protection. A second call does nothing. */
  @Override
  public void close() {
    use.close();
  }
}
