package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;

/** The decompressed archive of a layer, verified and limited in size. */
public final class LayerStream extends SinglePathStream {
  private final Layer layer;
  private final Limits limits;
  private final VerifyingStream stored;
  private long size;

  private LayerStream(Layer layer, Limits limits, VerifyingStream stored, InputStream in) {
    super(in);
    this.layer = layer;
    this.limits = limits;
    this.stored = stored;
  }

  /** Opens a layer, which is decompressed in a separate thread. */
  public static LayerStream open(Layer layer, Limits limits) throws IOException {
    VerifyingStream stored = layer.open();
    try {
      InputStream archive =
          new ReadAheadStream(Compression.decompress(stored), "boxlite-image " + layer.name());
      if (layer.diffId() != null) {
        archive =
            new VerifyingStream(archive, layer.name() + ", decompressed,", -1, layer.diffId());
      }
      return new LayerStream(layer, limits, stored, archive);
    } catch (IOException | RuntimeException e) {
      stored.close();
      throw e;
    }
  }

  /**
   * Reads a layer to the end of its archive, and returns the digest of the decompressed archive.
   * The layer's own digest, if it has one, is verified.
   */
  public static Digest diffId(Layer layer, Limits limits) throws IOException {
    Layer anyContent = new Layer(layer.name(), layer.size(), layer.digest(), null, layer.blob());
    try (LayerStream stream = open(anyContent, limits)) {
      VerifyingStream content =
          new VerifyingStream(stream, layer.name() + ", decompressed,", -1, layer.diffId());
      TarReader archive = new TarReader(content);
      while (archive.next() != null) {
        // Skip to the end.
      }
      Digest digest = content.drain().digest();
      stream.drain();
      if (layer.diffId() == null) {
        checkEnd(archive);
      }
      return digest;
    } catch (ImageIntegrityException e) {
      throw layer.named(e);
    }
  }

  /**
   * Verifies the end marker, which is the only sign that an archive without a digest is complete.
   */
  static void checkEnd(TarReader archive) {
    if (!archive.sawEnd()) {
      throw new ImageIntegrityException(
          "the archive is truncated: it ends at offset "
              + archive.position()
              + " without the blocks of zeros that end an archive");
    }
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    int got = in.read(to, offset, length);
    if (got > 0) {
      size += got;
      limits.checkExpansion(size, layer.size());
    }
    return got;
  }

  /** Reads the bytes after the archive's end, so that everything is verified. */
  public void drain() throws IOException {
    readOn();
    // The reading thread has ended, so its results are visible and the stream can be read here.
    stored.drain();
  }
}
