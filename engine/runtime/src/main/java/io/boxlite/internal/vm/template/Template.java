package io.boxlite.internal.vm.template;

import io.boxlite.internal.host.cache.CacheEntry;
import java.nio.file.Path;

/**
 * The saved state of a machine, which any number of machines can start from; it is not pruned while
 * this is open.
 *
 * @param entry its directory among the templates
 * @param fresh whether it was made, or being made, when it was asked for
 */
public record Template(CacheEntry entry, boolean fresh) implements AutoCloseable {
  /** The file that says what the other files are, and their checksums. */
  static final String DESCRIPTION = "template.json";

  /** Returns the directory of the saved state. */
  public Path directory() {
    return entry.path();
  }

  /** Lets it be pruned. It may be called twice. */
  @Override
  public void close() {
    entry.close();
  }
}
