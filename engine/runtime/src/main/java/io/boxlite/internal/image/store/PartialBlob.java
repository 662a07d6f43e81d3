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
 * What is there of a blob that is being fetched, by the only one in any JVM who may fetch it. It
 * stays where it is after a failure, for whoever goes on with it.
 *
 * <p>A failure to read or write it is a {@link BoxliteException}, so that nobody takes it for one
 * of the network.
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

  /** Waits for whoever is fetching the blob. */
  static PartialBlob open(Path directory, Path blob, Digest digest) {
    try {
      Files.createDirectories(directory);
      Files.createDirectories(blob.getParent());
    } catch (IOException e) {
      throw failure(blob, e);
    }
    LockFile lock = LockFile.exclusive(directory.resolve(digest.hex() + ".lock"), TIMEOUT);
    return new PartialBlob(directory.resolve(digest.hex()), blob, lock);
  }

  /** Whether the blob is in the store, complete. */
  public boolean isStored(long size) {
    return sizeOf(blob) == size;
  }

  /** How many bytes are there. */
  public long size() {
    return Math.max(0, sizeOf(file));
  }

  /** The size of a file; -1 when there is none. */
  static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return -1;
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  /** What is done with bytes. */
  public interface Consumer {
    /** Takes the first bytes of a buffer. */
    void accept(byte[] bytes, int length);
  }

  /** Reads what is there. */
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

  /** Adds the first bytes of a buffer to what is there. */
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

  /** Starts afresh. */
  public void discard() {
    try {
      closeFile();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  /** Makes what is there, which is verified, a blob of the store, once it is on the disk. */
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
            + "; see that its disk has space and is writable",
        e);
  }

  /** Lets others fetch the blob, or find it. */
  @Override
  public void close() {
    try (lock) {
      closeFile();
      Files.deleteIfExists(lock.file());
    } catch (IOException e) {
      throw failure(file, e);
    }
  }
}
