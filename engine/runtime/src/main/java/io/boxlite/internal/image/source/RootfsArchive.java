package io.boxlite.internal.image.source;

import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import java.util.List;
import java.util.Optional;

/** An archive of a plain root file system, such as from {@code tar -C DIRECTORY -c .}. */
public final class RootfsArchive {
  private RootfsArchive() {}

  /**
   * Returns an archive as an image with one layer.
   *
   * @param name the name for messages
   * @param size the size of the archive as stored, in bytes
   * @param digest the digest of the archive as stored
   * @param blob the archive
   */
  public static SourceImage of(String name, long size, Digest digest, Layer.Blob blob) {
    Layer layer = new Layer(name, size, digest, null, blob);
    return new SourceImage(name, digest, Optional.empty(), Optional.empty(), List.of(layer), false);
  }
}
