package io.boxlite.internal.image.source;

import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import java.util.List;
import java.util.Optional;

/**
 * An image that was found, with its documents read and verified, and its layers still to be read.
 *
 * @param name where it was found, for messages
 * @param digest of all it consists of: of its manifest, its configuration or its only archive
 * @param manifest the bytes of its OCI manifest; empty when the source has none
 * @param config the bytes of its configuration; empty when the source has none
 * @param layers from the lowest up
 * @param whiteouts whether the layers take away names of lower ones
 */
public record SourceImage(
    String name,
    Digest digest,
    Optional<Document> manifest,
    Optional<Document> config,
    List<Layer> layers,
    boolean whiteouts) {

  /** What the configuration says; nothing when there is none. */
  public ConfigFile configFile() {
    return config.map(document -> document.parse(ConfigFile.class)).orElse(ConfigFile.EMPTY);
  }
}
