package io.boxlite;

import java.time.Instant;
import java.util.Map;

/**
 * A saved state that boxes start from.
 *
 * @param key the key, unique among the templates of a home directory: 32 hexadecimal digits
 * @param madeFrom what the template was made from, by name, such as {@code memoryMib} or {@code
 *     qemu}; a box starts from it if all of this is the same
 * @param bytes its size on the disk in bytes
 * @param lastUsed when a box last started from the template
 */
public record TemplateInfo(String key, Map<String, String> madeFrom, long bytes, Instant lastUsed) {
  /** Copies the map. */
  public TemplateInfo {
    madeFrom = Map.copyOf(madeFrom);
  }
}
