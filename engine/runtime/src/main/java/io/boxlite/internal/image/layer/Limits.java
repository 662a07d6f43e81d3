package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.io.InputStream;

/**
 * What an image may ask for, against archives made to fill a disk or a heap.
 *
 * @param maxEntries members of all layers together
 * @param maxLayerBytes of one layer, decompressed
 * @param maxRatio how many times a compressed layer may expand
 * @param freeBytes up to this size of a layer the ratio does not count: an archive of one file of
 *     zeros is fine
 * @param maxTreeBytes what the names of all files may take of the heap, by estimate
 */
public record Limits(
    int maxEntries, long maxLayerBytes, long maxRatio, long freeBytes, long maxTreeBytes) {
  /**
   * Ample for any real image: 5 million files, for whose names half of the heap is enough, 64 GiB a
   * layer, which expands 200 times.
   */
  public static final Limits DEFAULT = new Limits(5_000_000, 64L << 30, 200, 1L << 30);

  /** Limits that leave half of the heap to the names. */
  public Limits(int maxEntries, long maxLayerBytes, long maxRatio, long freeBytes) {
    this(maxEntries, maxLayerBytes, maxRatio, freeBytes, Runtime.getRuntime().maxMemory() / 2);
  }

  /**
   * Reads through to a stream, and ends what becomes too long when it is decompressed.
   *
   * @param stored how many bytes it is made of
   */
  public InputStream bound(InputStream in, long stored) {
    return new SinglePathStream(in) {
      private long size;

      @Override
      public int read(byte[] to, int offset, int length) throws IOException {
        int got = in.read(to, offset, length);
        size += Math.max(got, 0);
        checkExpansion(size, stored);
        return got;
      }
    };
  }

  void checkEntries(int entries) {
    if (entries > maxEntries) {
      throw new ImageIntegrityException(
          "the image has more than " + maxEntries + " entries, which is the limit");
    }
  }

  void checkTree(long bytes) {
    if (bytes > maxTreeBytes) {
      throw new ImageIntegrityException(
          "the names of the image's files take more than "
              + (maxTreeBytes >> 20)
              + " MiB of memory, half of this JVM's heap; give it more with -Xmx if the image is"
              + " meant to have so many");
    }
  }

  void checkExpansion(long size, long stored) {
    if (size > maxLayerBytes) {
      throw new ImageIntegrityException(
          "it has more than " + maxLayerBytes + " bytes when decompressed, which is the limit");
    }
    if (stored >= 0 && size > freeBytes && size / maxRatio > stored) {
      throw new ImageIntegrityException(
          "its "
              + stored
              + " bytes expand to more than "
              + maxRatio
              + " times as many; that is a decompression bomb");
    }
  }
}
