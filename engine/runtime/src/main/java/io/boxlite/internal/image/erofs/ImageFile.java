package io.boxlite.internal.image.erofs;

import io.boxlite.BoxliteException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file of an image. Consecutive data is gathered into large writes.
 *
 * <p>A failure to write is a {@link BoxliteException}, which distinguishes it from a failure to
 * read a layer.
 */
final class ImageFile implements AutoCloseable {
  static final int BLOCK = 4096;
  private static final int BUFFER = 1 << 20;
  private static final byte[] ZEROS = new byte[BLOCK];

  private final Path path;
  private final FileChannel channel;
  private final byte[] buffer = new byte[BUFFER];
  private long bufferPosition;
  private int buffered;

  ImageFile(Path path) {
    this.path = path;
    try {
      this.channel =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  /** Copies bytes from a stream, which must have that many. */
  void copy(InputStream in, long position, long length) throws IOException {
    seek(position);
    long left = length;
    while (left > 0) {
      if (buffered == BUFFER) {
        flush();
      }
      int got = in.read(buffer, buffered, (int) Math.min(left, BUFFER - buffered));
      if (got < 0) {
        throw new EOFException("the file's data ended " + left + " bytes early");
      }
      buffered += got;
      left -= got;
    }
  }

  /** Writes zeros to the end of the block, after a {@link #copy}. */
  void padBlock(long position) {
    int rest = (int) (-position & (BLOCK - 1));
    seek(position);
    for (int done = 0; done < rest; ) {
      if (buffered == BUFFER) {
        flush();
      }
      int n = Math.min(rest - done, BUFFER - buffered);
      System.arraycopy(ZEROS, 0, buffer, buffered, n);
      buffered += n;
      done += n;
    }
  }

  private void seek(long position) {
    if (position != bufferPosition + buffered) {
      flush();
      bufferPosition = position;
    }
  }

  private void flush() {
    writeAt(bufferPosition, ByteBuffer.wrap(buffer, 0, buffered));
    bufferPosition += buffered;
    buffered = 0;
  }

  /** Writes directly, bypassing the buffer. */
  void writeAt(long position, ByteBuffer bytes) {
    try {
      long at = position;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  /** Sets the size of the file and forces it to the disk. */
  void finish(long size) {
    flush();
    try {
      if (channel.size() < size) {
        channel.write(ByteBuffer.wrap(ZEROS, 0, 1), size - 1);
      }
      channel.force(true);
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  private static BoxliteException failure(Path path, IOException e) {
    return new BoxliteException(
        "cannot write the root image "
            + path
            + ": "
            + e.getMessage()
            + "; check that its disk has space and is writable",
        e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw failure(path, e);
    }
  }
}
