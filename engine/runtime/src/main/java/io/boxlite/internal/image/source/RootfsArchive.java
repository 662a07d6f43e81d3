package io.boxlite.internal.image.source;

import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import java.util.List;
import java.util.Optional;

/** An archive of a plain root file system, as {@code tar -C DIRECTORY -c .} writes it. */
public final class RootfsArchive {
  private RootfsArchive() {}

  /**
   * Takes an archive as an image of one layer.
   *
   * @param name what to call it in messages
   * @param size of the archive as it is stored, in bytes
   * @param digest of the archive as it is stored
   * @param blob the archive
   */
  public static SourceImage of(String name, long size, Digest digest, Layer.Blob blob) {
    Layer layer = new Layer(name, size, digest, null, blob);
    return new SourceImage(name, digest, Optional.empty(), Optional.empty(), List.of(layer), false);
  }
}
