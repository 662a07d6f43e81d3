package io.boxlite.internal.image.source;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The platform of an image (OCI image specification 1.1, image-index.md).
 *
 * @param variant the variant of the architecture, such as {@code v3}
 */
public record Platform(
    @Nullable String os, @Nullable String architecture, @Nullable String variant) {
  /** The platform of boxes. */
  public static final Platform BOX = new Platform("linux", "amd64", null);

  private static final int BASELINE = 1;

  /** Returns whether nothing is specified. */
  boolean isUnknown() {
    return isBlank(os) && isBlank(architecture);
  }

  /** Returns whether boxes have this operating system and architecture; a missing value matches. */
  boolean isForBoxes() {
    return (isBlank(os) || normalizedOs().equals(BOX.os))
        && (isBlank(architecture) || normalizedArchitecture().equals(BOX.architecture));
  }

  /**
   * Returns the required x86-64 psABI level, from 1 to 4. For a variant of another form, returns a
   * level that no CPU has.
   */
  int level() {
    if (variant == null || variant.isBlank()) {
      return BASELINE;
    }
    String text = variant.strip().toLowerCase(Locale.ROOT);
    return text.matches("v[1-4]") ? text.charAt(1) - '0' : Integer.MAX_VALUE;
  }

  private String normalizedOs() {
    return Objects.requireNonNullElse(os, "").strip().toLowerCase(Locale.ROOT);
  }

  /** Returns the architecture's name, normalized as in containerd (platforms/database.go). */
  private String normalizedArchitecture() {
    String text = Objects.requireNonNullElse(architecture, "").strip().toLowerCase(Locale.ROOT);
    return text.equals("x86_64") || text.equals("x86-64") ? "amd64" : text;
  }

  private static boolean isBlank(@Nullable String text) {
    return text == null || text.isBlank();
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (level() == BASELINE ? "" : "/" + variant);
  }
}
