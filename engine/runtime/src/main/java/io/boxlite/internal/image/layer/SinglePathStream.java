package io.boxlite.internal.image.layer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream whose bytes all pass through one method, whichever read method is called. */
abstract class SinglePathStream extends FilterInputStream {
  private static final int BUFFER_SIZE = 1 << 16;

  SinglePathStream(InputStream in) {
    super(in);
  }

  @Override
  public abstract int read(byte[] to, int offset, int length) throws IOException;

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public final long skip(long count) throws IOException {
    byte[] skipped = new byte[(int) Math.min(count, BUFFER_SIZE)];
    return Math.max(0, read(skipped, 0, skipped.length));
  }

  @Override
  public final boolean markSupported() {
    return false;
  }

  /** Reads to the end, so that the streams below see all bytes. */
  final void readOn() throws IOException {
    byte[] rest = new byte[BUFFER_SIZE];
    while (read(rest, 0, rest.length) >= 0) {
      // Skip to the end.
    }
  }
}
