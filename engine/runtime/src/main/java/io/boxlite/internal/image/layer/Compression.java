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
 * How a layer's archive is compressed; told by its first bytes, since media types are often wrong.
 */
public enum Compression {
  /** Not at all. */
  NONE(""),
  /** RFC 1952, any number of members. */
  GZIP("+gzip"),
  /** RFC 8878, any number of frames. */
  ZSTD("+zstd");

  private static final int BUFFER = 1 << 16;

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  /** The media type of a layer that is compressed so (OCI image specification 1.1, layer.md). */
  public String mediaType() {
    return "application/vnd.oci.image.layer.v1.tar" + suffix;
  }

  /** Looks at the first bytes of a stream that supports marks, and goes back. */
  static Compression of(InputStream in) throws IOException {
    in.mark(6);
    byte[] start = in.readNBytes(6);
    in.reset();
    return ofStart(start);
  }

  /** Tells by the first bytes of a file, six of them where it has so many. */
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

  /** Looks at a file's first bytes. */
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

  /** Decompresses a stream, which is closed with the one returned, or when there is none. */
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

  /** Formats that some archives have and no image may. */
  private enum Foreign {
    XZ(0xfd, '7', 'z', 'X', 'Z', 0),
    BZIP2('B', 'Z', 'h'),
    ZIP('P', 'K', 3, 4);

    @SuppressWarnings("ImmutableEnumChecker") // Nobody writes to it.
    final int[] magic;

    Foreign(int... magic) {
      this.magic = magic;
    }
  }

  /** GZIPInputStream looks for another member only while the stream says that it has more. */
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

  /** Turns the JDK's complaints into ours. */
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
