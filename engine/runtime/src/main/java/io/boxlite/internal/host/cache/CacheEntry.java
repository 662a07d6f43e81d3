package io.boxlite.internal.host.cache;

import io.boxlite.internal.host.LockFile;
import java.nio.file.Path;

/**
 * An entry of a {@link CacheDirectory} that is not pruned until this is closed, or this process
 * ends.
 *
 * @param path where the entry is, or is to be made
 * @param use the lock that says so
 */
public record CacheEntry(Path path, LockFile use) implements AutoCloseable {
  /** Lets the entry be pruned. It may be called twice. */
  @Override
  public void close() {
    use.close();
  }
}
