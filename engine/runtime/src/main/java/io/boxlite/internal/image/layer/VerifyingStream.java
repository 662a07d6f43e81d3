package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import io.boxlite.text.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Checks size and digest of what is read through it, at the latest when the end is reached. */
public final class VerifyingStream extends SinglePathStream {
  private final String what;
  private final long expectedSize;
  private final @Nullable Digest expectedDigest;
  private final MessageDigest running = Sha256.start();
  private long size;
  private @Nullable Digest actual;

  /**
   * Reads through to a stream, which is closed with this one.
   *
   * @param what what is read, for messages
   * @param expectedSize in bytes; -1 when nothing says so
   * @param expectedDigest null when nothing says so
   */
  public VerifyingStream(
      InputStream in, String what, long expectedSize, @Nullable Digest expectedDigest) {
    super(in);
    this.what = what;
    this.expectedSize = expectedSize;
    this.expectedDigest = expectedDigest;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (actual != null) {
      return -1;
    }
    int got = in.read(to, offset, length);
    if (got < 0) {
      verify();
      return -1;
    }
    running.update(to, offset, got);
    size += got;
    if (expectedSize >= 0 && size > expectedSize) {
      throw new ImageIntegrityException(
          what + " has more than the " + expectedSize + " bytes that its descriptor says");
    }
    return got;
  }

  private void verify() {
    actual = Digest.of(running);
    if (expectedSize >= 0 && size != expectedSize) {
      throw new ImageIntegrityException(
          what + " is truncated: it has " + size + " bytes, its descriptor says " + expectedSize);
    }
    if (expectedDigest != null && !actual.equals(expectedDigest)) {
      throw new ImageIntegrityException(
          what + " is damaged: its digest is " + actual + ", it must be " + expectedDigest);
    }
  }

  /** Reads to the end, so that all is verified. */
  public VerifyingStream drain() throws IOException {
    readOn();
    return this;
  }

  /** How many bytes were read. */
  public long size() {
    return size;
  }

  /** The digest of all, once the end was reached. */
  public Digest digest() {
    if (actual == null) {
      throw new IllegalStateException(what + " was not read to its end");
    }
    return actual;
  }
}
