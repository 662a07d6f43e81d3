package io.boxlite.internal.image.source;

import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import java.util.List;
import java.util.Optional;

/**
 * An image of some source. Its documents have been read and verified; its layers have not been
 * read.
 *
 * @param name the image and its source, for messages
 * @param digest the digest of its manifest, its configuration or its only archive
 * @param manifest its OCI manifest; empty when the source has none
 * @param config its configuration; empty when the source has none
 * @param layers its layers, from the lowest up
 * @param whiteouts whether names in layers are whiteouts
 */
public record SourceImage(
    String name,
    Digest digest,
    Optional<Document> manifest,
    Optional<Document> config,
    List<Layer> layers,
    boolean whiteouts) {

  /** Returns the parsed configuration; an empty one when there is none. */
  public ConfigFile configFile() {
    return config.map(document -> document.parse(ConfigFile.class)).orElse(ConfigFile.EMPTY);
  }
}
