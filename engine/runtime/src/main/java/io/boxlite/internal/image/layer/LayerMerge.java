package io.boxlite.internal.image.layer;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.erofs.ErofsWriter;
import io.boxlite.internal.image.tar.TarReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Merges the layers of an image into a read-only root image. */
public final class LayerMerge {
  private LayerMerge() {}

  /**
   * Streams the layers, from the lowest up, into a root image. Every layer is verified completely
   * before this method returns. After a failure, the file must not be used.
   *
   * @param whiteouts whether names in layers are whiteouts; false for a plain root file system
   * @param uuid the image's UUID, 16 bytes
   * @throws ImageIntegrityException when a layer is damaged or malformed
   * @throws BoxliteException when a layer cannot be read or the root image cannot be written
   */
  public static void write(
      List<Layer> layers, boolean whiteouts, Limits limits, Path file, byte[] uuid) {
    try (ErofsWriter image = new ErofsWriter(file)) {
      RootTree tree = new RootTree(image, limits);
      for (Layer layer : layers) {
        apply(tree, layer, whiteouts, limits);
      }
      image.finish(uuid);
    }
  }

  private static void apply(RootTree tree, Layer layer, boolean whiteouts, Limits limits) {
    try (LayerStream stream = LayerStream.open(layer, limits)) {
      TarReader archive = new TarReader(stream);
      tree.apply(archive, whiteouts);
      stream.drain();
      if (layer.diffId() == null) {
        LayerStream.checkEnd(archive);
      }
    } catch (ImageIntegrityException e) {
      throw layer.named(e);
    } catch (IOException e) {
      throw new BoxliteException(layer.name() + " cannot be read: " + e, e);
    }
  }
}
