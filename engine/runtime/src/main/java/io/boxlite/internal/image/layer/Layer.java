package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * The archive of a layer, from any source.
 *
 * @param name the layer and its source, for messages
 * @param size the size of the archive as stored, in bytes; -1 if unknown
 * @param digest the digest of the archive as stored; null if unknown
 * @param diffId the digest of the decompressed archive; null if unknown
 * @param blob the archive as stored
 */
public record Layer(
    String name, long size, @Nullable Digest digest, @Nullable Digest diffId, Blob blob) {

  /** Content that can be read any number of times. */
  @FunctionalInterface
  public interface Blob {
    /** Opens the content at its start. */
    InputStream open() throws IOException;
  }

  /** Returns the exception with the layer's name in its message. */
  public ImageIntegrityException named(ImageIntegrityException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith(name)
        ? e
        : new ImageIntegrityException(name + " cannot be used: " + message, e);
  }

  /** Opens the archive as stored. Size and digest are verified while it is read. */
  public VerifyingStream open() throws IOException {
    return new VerifyingStream(blob.open(), name, size, digest);
  }
}
