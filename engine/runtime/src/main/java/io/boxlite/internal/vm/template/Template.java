package io.boxlite.internal.vm.template;

import io.boxlite.internal.host.cache.CacheEntry;
import java.nio.file.Path;

/**
 * The saved state of a machine, from which any number of machines can start. It is not pruned while
 * this is open.
 *
 * @param entry its directory among the templates
 * @param fresh whether it was made for this request, or while this request waited
 */
public record Template(CacheEntry entry, boolean fresh) implements AutoCloseable {
  /** The file that describes the other files and has their checksums. */
  static final String DESCRIPTION = "template.json";

  /** Returns the directory of the saved state. */
  public Path directory() {
    return entry.path();
  }

  /** Allows the template to be pruned. A second call does nothing. */
  @Override
  public void close() {
    entry.close();
  }
}
