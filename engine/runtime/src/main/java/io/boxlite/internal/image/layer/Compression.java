package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The compression of a layer's archive, detected by its first bytes, because media types are often
 * wrong.
 */
public enum Compression {
  /** No compression. */
  NONE(""),
  /** gzip (RFC 1952), any number of members. */
  GZIP("+gzip"),
  /** Zstandard (RFC 8878), any number of frames. */
  ZSTD("+zstd");

  private static final int BUFFER = 1 << 16;

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  /**
   * Returns the media type of a layer with this compression (OCI image specification 1.1,
   * layer.md).
   */
  public String mediaType() {
    return "application/vnd.oci.image.layer.v1.tar" + suffix;
  }

  /** Detects the compression of a stream that supports marks, without consuming bytes. */
  static Compression of(InputStream in) throws IOException {
    in.mark(6);
    byte[] start = in.readNBytes(6);
    in.reset();
    return ofStart(start);
  }

  /** Detects the compression by the first bytes of a file, six if it has that many. */
  public static Compression ofStart(byte[] start) {
    if (startsWith(start, 0x1f, 0x8b)) {
      return GZIP;
    }
    boolean skippable = start.length >= 4 && (start[0] & 0xf0) == 0x50;
    if (startsWith(start, 0x28, 0xb5, 0x2f, 0xfd)
        || skippable && startsWith(start, start[0] & 0xff, 0x2a, 0x4d, 0x18)) {
      return ZSTD;
    }
    for (Foreign foreign : Foreign.values()) {
      if (startsWith(start, foreign.magic)) {
        throw new ImageIntegrityException(
            "it is compressed with "
                + foreign.name().toLowerCase(Locale.ROOT)
                + "; compress it with gzip or zstd, or not at all");
      }
    }
    return NONE;
  }

  /** Detects the compression of a file. */
  public static Compression of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ofStart(in.readNBytes(6));
    }
  }

  private static boolean startsWith(byte[] bytes, int... magic) {
    if (bytes.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /** Decompresses a stream, which is closed with the returned one, or when this method fails. */
  public static InputStream decompress(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
    try {
      return switch (of(buffered)) {
        case NONE -> buffered;
        case GZIP -> new Gunzip(new GZIPInputStream(new Members(buffered), BUFFER));
        case ZSTD -> Zstandard.decompress(buffered);
      };
    } catch (EOFException | ZipException e) {
      in.close();
      throw new ImageIntegrityException("its gzip header is damaged or truncated: " + e, e);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  /** Formats of archives that images must not use. */
  private enum Foreign {
    XZ(0xfd, '7', 'z', 'X', 'Z', 0),
    BZIP2('B', 'Z', 'h'),
    ZIP('P', 'K', 3, 4);

    @SuppressWarnings("ImmutableEnumChecker") // The array is never written.
    final int[] magic;

    Foreign(int... magic) {
      this.magic = magic;
    }
  }

  /** Makes GZIPInputStream look for another member until the end of the stream. */
  private static final class Members extends FilterInputStream {
    Members(InputStream in) {
      super(in);
    }

    @Override
    public int available() throws IOException {
      in.mark(1);
      int next = in.read();
      in.reset();
      return next < 0 ? 0 : 1;
    }
  }

  /** Translates the JDK's exceptions. */
  private static final class Gunzip extends SinglePathStream {
    Gunzip(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      try {
        return in.read(to, offset, length);
      } catch (EOFException | ZipException e) {
        String why = e.getMessage() == null ? e.toString() : e.getMessage();
        throw new ImageIntegrityException("its gzip stream is damaged or truncated: " + why, e);
      }
    }
  }
}
