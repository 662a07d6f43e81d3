package io.boxlite.internal.image.tar;

import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive member by member: {@link #next()} returns a member, and this stream then has its
 * data, which need not be read to the end.
 *
 * <p>Accepts the dialects of Go's archive/tar, which image tools use, and like it ignores data of
 * members that cannot have any. Malformed archives cause an {@link ImageIntegrityException} with
 * the offset.
 */
public final class TarReader extends InputStream {
  /** The maximum size of a pax header or a long name, as in Go's archive/tar. */
  private static final int MAX_SPECIAL_SIZE = 1 << 20;

  private final InputStream in;
  private final byte[] block = new byte[TarHeader.SIZE];
  private final PaxRecords global = new PaxRecords();
  private final byte[] single = new byte[1];
  private long position;
  private long remaining;
  private int padding;
  private boolean endMarker;
  private boolean unpadded;

  /** Reads from the current position of a stream, which is not closed by this one. */
  public TarReader(InputStream in) {
    this.in = in;
  }

  /** Returns how many bytes of the archive have been read. */
  public long position() {
    return position;
  }

  /** Returns how many bytes of the member's data remain. */
  public long remaining() {
    return remaining;
  }

  /**
   * Returns whether the archive ended at a valid position: with a block of zeros, as it should, or
   * directly after the last byte of a member without padding.
   */
  public boolean sawEnd() {
    return endMarker || unpadded;
  }

  /**
   * Advances to the next member.
   *
   * @return the member; null at the end of the archive
   */
  public @Nullable TarEntry next() throws IOException {
    if (!skipData()) {
      return null;
    }
    PaxRecords records = new PaxRecords();
    String longName = null;
    String longLink = null;
    while (true) {
      long at = position;
      TarHeader header = readHeader();
      if (header == null) {
        return null;
      }
      switch (header.type()) {
        case 'x', 'X' -> records.parse(special(header, "pax header"), at);
        case 'g' -> global.parse(special(header, "global pax header"), at);
        case 'L' -> longName = text(special(header, "long name"));
        case 'K' -> longLink = text(special(header, "long link name"));
        // The volume's label is not a file.
        case 'V' -> {}
        default -> {
          return entry(header, at, records.over(global), longName, longLink);
        }
      }
    }
  }

  private @Nullable TarHeader readHeader() throws IOException {
    if (endMarker || !readBlock()) {
      return null;
    }
    if (isZero()) {
      endMarker = true;
      if (readBlock() && !isZero()) {
        throw new ImageIntegrityException(
            "the archive has a block of zeros at offset "
                + (position - 2L * TarHeader.SIZE)
                + " and continues after it");
      }
      return null;
    }
    // A copy, because sparse maps are read into the same block.
    return new TarHeader(block.clone(), position - TarHeader.SIZE);
  }

  /** Fills {@link #block}; returns false when the stream ends before its first byte. */
  private boolean readBlock() throws IOException {
    int got = in.readNBytes(block, 0, block.length);
    position += got;
    if (got > 0 && got < block.length) {
      throw truncated("in a header");
    }
    return got > 0;
  }

  private boolean isZero() {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private TarEntry entry(
      TarHeader header,
      long at,
      PaxRecords pax,
      @Nullable String longName,
      @Nullable String longLink)
      throws IOException {
    String sparseName = pax.text("GNU.sparse.name");
    String name = first(longName, sparseName, pax.text("path"), header.name());
    TarEntry.Kind kind = kind(header, name);
    long size = pax.number("size", header.size());
    SparseMap sparse = null;
    if (kind == TarEntry.Kind.FILE || header.type() == 'D') {
      open(size);
    }
    if (kind == TarEntry.Kind.FILE) {
      long stored = size;
      SparseFormat format = SparseFormat.of(header, pax);
      if (format != SparseFormat.NONE) {
        size = format.fileSize(header, pax);
        SparseMap map = format.map(this, header, pax, at);
        // Formats with the map in the data have consumed some of it.
        stored = format == SparseFormat.PAX_1 ? remaining : stored;
        sparse = map.complete(size, stored);
      }
    } else {
      size = 0;
    }
    long[] mtime = pax.mtime();
    boolean device = kind == TarEntry.Kind.CHARACTER_DEVICE || kind == TarEntry.Kind.BLOCK_DEVICE;
    boolean link = kind == TarEntry.Kind.SYMLINK || kind == TarEntry.Kind.HARD_LINK;
    return new TarEntry(
        name,
        kind,
        link ? first(longLink, null, pax.text("linkpath"), header.linkName()) : "",
        header.mode(),
        pax.number("uid", header.uid()),
        pax.number("gid", header.gid()),
        mtime == null ? header.mtime() : mtime[0],
        mtime == null ? 0 : (int) mtime[1],
        size,
        sparse,
        device ? pax.number("SCHILY.devmajor", header.deviceMajor()) : 0,
        device ? pax.number("SCHILY.devminor", header.deviceMinor()) : 0,
        Collections.unmodifiableMap(pax.xattrs()));
  }

  private static String first(
      @Nullable String gnu, @Nullable String sparse, @Nullable String pax, String header) {
    return gnu != null ? gnu : sparse != null ? sparse : pax != null ? pax : header;
  }

  private static TarEntry.Kind kind(TarHeader header, String name) {
    return switch (header.type()) {
      // Before ustar, a directory was a file whose name ends in a slash.
      case '0', '\0', '7' -> name.endsWith("/") ? TarEntry.Kind.DIRECTORY : TarEntry.Kind.FILE;
      case 'S' -> TarEntry.Kind.FILE;
      case '1' -> TarEntry.Kind.HARD_LINK;
      case '2' -> TarEntry.Kind.SYMLINK;
      case '3' -> TarEntry.Kind.CHARACTER_DEVICE;
      case '4' -> TarEntry.Kind.BLOCK_DEVICE;
      case '5', 'D' -> TarEntry.Kind.DIRECTORY;
      case '6' -> TarEntry.Kind.FIFO;
      default ->
          throw header.corrupt(
              "has type '"
                  + header.type()
                  + "' for "
                  + ByteString.display(name)
                  + ", which a root file system cannot contain");
    };
  }

  private byte[] special(TarHeader header, String what) throws IOException {
    long size = header.size();
    if (size > MAX_SPECIAL_SIZE) {
      throw header.corrupt(
          "declares a " + what + " of " + size + " bytes; at most " + MAX_SPECIAL_SIZE + " are");
    }
    open(size);
    byte[] data = new byte[(int) size];
    readFully(data, data.length);
    if (!skipData()) {
      throw truncated("after a " + what);
    }
    return data;
  }

  private static String text(byte[] data) {
    return ByteString.untilNul(data, 0, data.length);
  }

  private void open(long size) {
    if (size > Long.MAX_VALUE - TarHeader.SIZE) {
      throw truncated("before the " + size + " bytes that a header declares");
    }
    remaining = size;
    padding = (int) (-size & (TarHeader.SIZE - 1));
  }

  /** Reads a block of the member's data, or of the sparse map between the header and the data. */
  byte[] readMapBlock(boolean inData) throws IOException {
    if (inData) {
      readFully(block, block.length);
    } else if (!readBlock()) {
      throw truncated("in a sparse map");
    }
    return block;
  }

  private void readFully(byte[] to, int length) throws IOException {
    if (readNBytes(to, 0, length) < length) {
      throw new ImageIntegrityException(
          "the archive has too little data for what the header before offset "
              + position
              + " declares");
    }
  }

  @Override
  public int read() throws IOException {
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (remaining == 0) {
      return -1;
    }
    int got = in.read(to, offset, (int) Math.min(length, remaining));
    if (got < 0) {
      throw truncated(remaining + " bytes before the end of a member's data");
    }
    position += got;
    remaining -= got;
    return got;
  }

  /**
   * Skips to the end of the member; returns false when that is the end of the archive. Padding may
   * be missing there, because some writers omit it for the last member, and Go's reader accepts
   * that.
   */
  private boolean skipData() throws IOException {
    if (skipUpTo(remaining) < remaining) {
      throw truncated(remaining + " bytes before the end of a member's data");
    }
    remaining = 0;
    int wanted = padding;
    padding = 0;
    long got = skipUpTo(wanted);
    unpadded |= wanted > 0 && got == 0;
    return got == wanted;
  }

  /** Skips a number of bytes, or fewer at the end of the stream. */
  private long skipUpTo(long count) throws IOException {
    long left = count;
    while (left > 0) {
      long skipped = in.skip(left);
      if (skipped <= 0) {
        if (in.read() < 0) {
          break;
        }
        skipped = 1;
      }
      position += skipped;
      left -= skipped;
    }
    return count - left;
  }

  private ImageIntegrityException truncated(String where) {
    return new ImageIntegrityException(
        "the archive is truncated: it ends at offset " + position + ", " + where);
  }
}
