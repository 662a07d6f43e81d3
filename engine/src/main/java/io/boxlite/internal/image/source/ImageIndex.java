package io.boxlite.internal.image.source;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list of images (OCI image specification 1.1, image-index.md). */
public record ImageIndex(
    int schemaVersion, @Nullable String mediaType, @Nullable List<Descriptor> manifests) {
  /** Takes a copy, and no list with nulls in it. */
  public ImageIndex {
    manifests = manifests == null ? null : List.copyOf(manifests);
  }

  /** The images, which a file may leave out. */
  public List<Descriptor> entries() {
    return manifests == null ? List.of() : manifests;
  }
}
