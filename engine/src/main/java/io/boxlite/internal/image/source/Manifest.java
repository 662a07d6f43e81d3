package io.boxlite.internal.image.source;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One image for one platform (OCI image specification 1.1, manifest.md). */
public record Manifest(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable Descriptor config,
    @Nullable List<Descriptor> layers) {

  /** Takes a copy, and no list with nulls in it. */
  public Manifest {
    layers = layers == null ? null : List.copyOf(layers);
  }
}
