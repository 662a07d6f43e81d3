package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import io.boxlite.text.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Verifies the size and digest of the bytes that are read, at the latest at the end. */
public final class VerifyingStream extends SinglePathStream {
  private final String what;
  private final long expectedSize;
  private final @Nullable Digest expectedDigest;
  private final MessageDigest running = Sha256.start();
  private long size;
  private @Nullable Digest actual;

  /**
   * Wraps a stream, which is closed with this one.
   *
   * @param what the content, for messages
   * @param expectedSize the expected size in bytes; -1 if unknown
   * @param expectedDigest the expected digest; null if unknown
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
          what + " has more than the " + expectedSize + " bytes that its descriptor specifies");
    }
    return got;
  }

  private void verify() {
    actual = Digest.of(running);
    if (expectedSize >= 0 && size != expectedSize) {
      throw new ImageIntegrityException(
          what
              + " is truncated: it has "
              + size
              + " bytes, but its descriptor specifies "
              + expectedSize);
    }
    if (expectedDigest != null && !actual.equals(expectedDigest)) {
      throw new ImageIntegrityException(
          what + " is damaged: its digest is " + actual + ", expected " + expectedDigest);
    }
  }

  /** Reads to the end, so that everything is verified. */
  public VerifyingStream drain() throws IOException {
    readOn();
    return this;
  }

  /** Returns the number of bytes read. */
  public long size() {
    return size;
  }

  /** Returns the digest, once the end has been reached. */
  public Digest digest() {
    if (actual == null) {
      throw new IllegalStateException(what + " was not read to its end");
    }
    return actual;
  }
}
