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
  /** The guest's memory. */
  public static final String MEMORY = "memory";

  /** The state of all devices, as QEMU writes it. */
  public static final String STATE = "state";

  /** The disk that takes what a box writes, as it was. */
  public static final String SCRATCH = "scratch.ext4";

  /** What the others are, and their checksums. */
  public static final String DESCRIPTION = "template.json";

  /** The directory with all files. */
  Path directory() {
    return entry.path();
  }

  /** One of the files. */
  public Path file(String name) {
    return entry.path().resolve(name);
  }

  /** Lets it be pruned. It may be called twice. */
  @Override
  public void close() {
    entry.close();
  }
}
