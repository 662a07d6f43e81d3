package io.boxlite.internal.image.source;

import org.jspecify.annotations.Nullable;

/** What an image is made for (OCI image specification 1.1, image-index.md). */
public record Platform(@Nullable String os, @Nullable String architecture) {
  /** What boxes run. */
  public static final Platform BOX = new Platform("linux", "amd64");

  @Override
  public String toString() {
    return os + "/" + architecture;
  }
}
