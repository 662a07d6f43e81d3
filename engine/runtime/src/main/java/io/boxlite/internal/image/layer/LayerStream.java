package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;

/** A layer's archive, decompressed, verified and bounded. */
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

  /** Opens a layer; decompression goes on in a thread of its own. */
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
   * Reads a layer to its end, as an archive, and computes the digest of what it is decompressed;
   * one that the layer has is verified.
   */
  public static Digest diffId(Layer layer, Limits limits) throws IOException {
    Layer anyContent = new Layer(layer.name(), layer.size(), layer.digest(), null, layer.blob());
    try (LayerStream stream = open(anyContent, limits)) {
      VerifyingStream content =
          new VerifyingStream(stream, layer.name() + ", decompressed,", -1, layer.diffId());
      TarReader archive = new TarReader(content);
      while (archive.next() != null) {
        // Only to its end.
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

  /** An archive without digest tells by its end marker alone that it is complete. */
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

  /** Reads what is behind the archive's end, so that everything is verified. */
  public void drain() throws IOException {
    readOn();
    // The thread that read it has ended: what it read can be seen, and more be read, from here.
    stored.drain();
  }
}
