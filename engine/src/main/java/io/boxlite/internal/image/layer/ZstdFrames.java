package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Passes the frames of a Zstandard stream on, without the skippable ones, which the decompressor
 * does not know and in which tools keep tables of contents (RFC 8878, section 3.1).
 *
 * <p>Also holds a frame's window to what the {@code zstd} command allows by default, since the
 * decompressor allocates what the frame asks for.
 */
final class ZstdFrames extends ThroughStream {
  private static final int MAGIC = 0xfd2fb528;
  private static final int SKIPPABLE_MAGIC = 0x184d2a50;
  private static final long MAX_WINDOW = 128L << 20;

  /** What was read to look at it and is still to be passed on. */
  private final byte[] pending = new byte[32];

  private int pendingStart;
  private int pendingEnd;

  /** Bytes of a block, or of a checksum, that pass unseen. */
  private long passing;

  private boolean inFrame;
  private boolean checksum;

  ZstdFrames(InputStream in) {
    super(in);
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (pendingStart == pendingEnd && passing == 0) {
      if (inFrame) {
        blockHeader();
      } else if (!frameHeader()) {
        return -1;
      }
    }
    if (pendingStart < pendingEnd) {
      int count = Math.min(length, pendingEnd - pendingStart);
      System.arraycopy(pending, pendingStart, to, offset, count);
      pendingStart += count;
      return count;
    }
    int got = in.read(to, offset, (int) Math.min(length, passing));
    if (got < 0) {
      throw truncated();
    }
    passing -= got;
    return got;
  }

  /** Looks at the next frame's header; false at the end. */
  private boolean frameHeader() throws IOException {
    pendingStart = 0;
    pendingEnd = in.readNBytes(pending, 0, 4);
    if (pendingEnd == 0) {
      return false;
    }
    if (pendingEnd < 4) {
      throw truncated();
    }
    int magic = (int) littleEndian(0, 4);
    if ((magic & ~0xf) == SKIPPABLE_MAGIC) {
      take(4);
      in.skipNBytes(littleEndian(4, 4));
      pendingEnd = 0;
      return true;
    }
    if (magic != MAGIC) {
      throw new ImageIntegrityException(
          "a Zstandard stream goes on with 0x"
              + Integer.toHexString(magic)
              + ", which starts no frame");
    }
    take(1);
    int descriptor = pending[4] & 0xff;
    boolean singleSegment = (descriptor & 0x20) != 0;
    int contentSizeFlag = descriptor >> 6;
    int contentSizeBytes = contentSizeFlag == 0 ? (singleSegment ? 1 : 0) : 1 << contentSizeFlag;
    int dictionaryBytes = new int[] {0, 1, 2, 4}[descriptor & 3];
    int windowBytes = singleSegment ? 0 : 1;
    take(windowBytes + dictionaryBytes + contentSizeBytes);
    long window;
    if (singleSegment) {
      window = littleEndian(5 + dictionaryBytes, contentSizeBytes);
    } else {
      long base = 1L << 10 + ((pending[5] & 0xff) >> 3);
      window = base + base / 8 * (pending[5] & 7);
    }
    if (window < 0 || window > MAX_WINDOW) {
      throw new ImageIntegrityException(
          "a Zstandard frame wants a window of "
              + Long.toUnsignedString(window)
              + " bytes; at most "
              + MAX_WINDOW
              + " are allowed");
    }
    checksum = (descriptor & 4) != 0;
    inFrame = true;
    return true;
  }

  private void blockHeader() throws IOException {
    pendingStart = 0;
    pendingEnd = 0;
    take(3);
    int header = (int) littleEndian(0, 3);
    // A run-length block has one byte, whatever its size.
    passing = (header >> 1 & 3) == 1 ? 1 : header >> 3;
    if ((header & 1) != 0) {
      passing += checksum ? 4 : 0;
      inFrame = false;
    }
  }

  private void take(int count) throws IOException {
    if (in.readNBytes(pending, pendingEnd, count) < count) {
      throw truncated();
    }
    pendingEnd += count;
  }

  private long littleEndian(int from, int count) {
    long value = 0;
    for (int i = count - 1; i >= 0; i--) {
      value = value << 8 | pending[from + i] & 0xff;
    }
    return value;
  }

  private static ImageIntegrityException truncated() {
    return new ImageIntegrityException("a Zstandard stream is truncated");
  }
}
