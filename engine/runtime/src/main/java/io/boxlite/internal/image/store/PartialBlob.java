package io.boxlite.internal.image.store;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.image.layer.Digest;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A blob that is being downloaded, locked against other downloads of the same blob in any JVM.
 * After a failure, the partial file is kept, so that the next download resumes it.
 *
 * <p>A failure to read or write the file is a {@link BoxliteException}, which distinguishes it from
 * a network failure.
 */
public final class PartialBlob implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);

  private final Path file;
  private final Path blob;
  private final LockFile lock;
  private @Nullable FileOutputStream out;

  private PartialBlob(Path file, Path blob, LockFile lock) {
    this.file = file;
    this.blob = blob;
    this.lock = lock;
  }

  /** Locks a blob, waiting for another download of it. */
  static PartialBlob open(Path directory, Path blob, Digest digest) {
    try {
      Files.createDirectories(directory);
      Files.createDirectories(blob.getParent());
    } catch (IOException e) {
      throw failure(blob, e);
    }
    LockFile lock =
        LockFile.exclusive(directory.resolve(digest.hex() + ".lock"), TIMEOUT).deletedOnClose();
    return new PartialBlob(directory.resolve(digest.hex()), blob, lock);
  }

  /** Returns whether the complete blob is in the store. */
  public boolean isStored(long size) {
    return sizeOf(blob) == size;
  }

  /** Returns how many bytes have been downloaded. */
  public long size() {
    return Math.max(0, sizeOf(file));
  }

  /** Returns the size of a file; -1 if it does not exist. */
  static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return -1;
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  /** Receives bytes. */
  public interface Consumer {
    /** Receives the first bytes of a buffer. */
    void accept(byte[] bytes, int length);
  }

  /** Reads what has been downloaded. */
  public void read(Consumer consumer) {
    byte[] buffer = new byte[1 << 18];
    try (InputStream in = Files.newInputStream(file)) {
      for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
        consumer.accept(buffer, got);
      }
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  /** Appends the first bytes of a buffer. */
  public void write(byte[] bytes, int length) {
    try {
      opened().write(bytes, 0, length);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  private FileOutputStream opened() throws IOException {
    FileOutputStream open = out;
    if (open == null) {
      open = new FileOutputStream(file.toFile(), true);
      out = open;
    }
    return open;
  }

  /** Deletes what has been downloaded. */
  public void discard() {
    try {
      closeFile();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  /** Forces the file, which the caller has verified, to the disk and publishes it as a blob. */
  public void publish() {
    try {
      opened().getFD().sync();
      closeFile();
      Files.move(file, blob, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw failure(blob, e);
    }
  }

  private void closeFile() throws IOException {
    FileOutputStream open = out;
    out = null;
    if (open != null) {
      open.close();
    }
  }

  private static BoxliteException failure(Path file, IOException e) {
    return new BoxliteException(
        "cannot write the blob "
            + file
            + ": "
            + e.getMessage()
            + "; check that its disk has space and is writable",
        e);
  }

  /** Releases the lock. */
  @Override
  public void close() {
    try (lock) {
      closeFile();
    } catch (IOException e) {
      throw failure(file, e);
    }
  }
}
