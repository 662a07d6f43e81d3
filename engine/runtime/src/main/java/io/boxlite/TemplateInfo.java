package io.boxlite;

import java.time.Instant;
import java.util.Map;

/**
 * A saved state that boxes start from.
 *
 * @param key names it among the templates of its home directory: 32 hexadecimal digits
 * @param madeFrom what it was made from, such as {@code memoryMib} or {@code qemu}, by name; a box
 *     starts from it when all of that is the same
 * @param bytes what it takes on the disk
 * @param lastUsed when a box last started from it
 */
public record TemplateInfo(String key, Map<String, String> madeFrom, long bytes, Instant lastUsed) {
  /** Takes a copy. */
  public TemplateInfo {
    madeFrom = Map.copyOf(madeFrom);
  }
}
