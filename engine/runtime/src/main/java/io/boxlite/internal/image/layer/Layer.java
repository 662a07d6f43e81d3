package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * One layer's archive, wherever it is.
 *
 * @param name for messages: which layer, in which file
 * @param size of the archive as it is stored, in bytes; -1 when nothing says so
 * @param digest of the archive as it is stored; null when nothing says so
 * @param diffId the digest of the archive once decompressed; null when nothing says so
 * @param blob the archive as it is stored
 */
public record Layer(
    String name, long size, @Nullable Digest digest, @Nullable Digest diffId, Blob blob) {

  /** Bytes that can be read any number of times. */
  @FunctionalInterface
  public interface Blob {
    /** Opens the bytes at their start. */
    InputStream open() throws IOException;
  }

  /** What was wrong with the layer, told with its name. */
  public ImageIntegrityException named(ImageIntegrityException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith(name)
        ? e
        : new ImageIntegrityException(name + " cannot be used: " + message, e);
  }

  /** Opens the archive as it is stored; size and digest are checked as it is read. */
  public VerifyingStream open() throws IOException {
    return new VerifyingStream(blob.open(), name, size, digest);
  }
}
