package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A lock on a file, held until it is closed or its process dies.
 *
 * <p>Uses flock(2), not {@link java.nio.channels.FileLock}, which belongs to the whole JVM: it does
 * not exclude two threads from each other, and closing any other channel of the same file releases
 * it.
 *
 * <p>A symbolic link in the place of the file is refused, because it would create the file
 * elsewhere.
 *
 * <p>The holder of an exclusive lock may delete the file. Those who wait for it then create it
 * again.
 */
public final class LockFile implements AutoCloseable {
  private static final long FIRST_WAIT_MILLIS = 1;
  private static final long MAX_WAIT_MILLIS = 20;

  private final Path file;
  private final Descriptor fd;
  private volatile boolean deleteOnClose;

  private LockFile(Path file, Descriptor fd) {
    this.file = file;
    this.fd = fd;
  }

  /**
   * Locks a file exclusively, creating it when missing.
   *
   * @param timeout how long to wait for other holders
   * @throws BoxliteException when it is locked for longer, or this thread is interrupted
   */
  public static LockFile exclusive(Path file, Duration timeout) {
    return await(file, LibC.LOCK_EX, timeout);
  }

  /**
   * Locks a file for shared use, creating it when missing.
   *
   * @param timeout how long to wait for other holders
   * @throws BoxliteException when it is locked for longer, or this thread is interrupted
   */
  public static LockFile shared(Path file, Duration timeout) {
    return await(file, LibC.LOCK_SH, timeout);
  }

  /** Locks a file exclusively, creating it when missing; empty when it is locked already. */
  public static Optional<LockFile> tryExclusive(Path file) {
    return tryOnce(file, LibC.LOCK_EX);
  }

  /**
   * Locks a directory exclusively; empty when it is locked already or does not exist. Whoever
   * removes the directory holds the lock.
   */
  public static Optional<LockFile> tryDirectory(Path directory) {
    return tryOnce(directory, LibC.LOCK_EX, LibC.O_RDONLY | LibC.O_DIRECTORY);
  }

  private static LockFile await(Path file, int kind, Duration timeout) {
    Deadline deadline = Deadline.in(timeout);
    long wait = FIRST_WAIT_MILLIS;
    while (true) {
      Optional<LockFile> lock = tryOnce(file, kind);
      if (lock.isPresent()) {
        return lock.get();
      }
      if (deadline.isOver()) {
        throw new BoxliteException(
            "the lock "
                + file
                + " was held by another process or thread for more than "
                + timeout.toMillis()
                + " ms; `fuser -v "
                + file
                + "` shows which process holds it");
      }
      try {
        Thread.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BoxliteException("interrupted while waiting for the lock " + file, e);
      }
      wait = Math.min(2 * wait, MAX_WAIT_MILLIS);
    }
  }

  private static Optional<LockFile> tryOnce(Path file, int kind) {
    return tryOnce(file, kind, LibC.O_RDWR | LibC.O_CREAT);
  }

  private static Optional<LockFile> tryOnce(Path file, int kind, int flags) {
    int fd;
    try {
      fd = LibC.get().open(file.toString(), flags | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0600);
    } catch (LastErrorException e) {
      if (e.getErrorCode() == LibC.ENOENT && (flags & LibC.O_DIRECTORY) != 0) {
        return Optional.empty();
      }
      if (e.getErrorCode() == LibC.ELOOP) {
        throw new BoxliteException(
            "the lock " + file + " is a symbolic link, which is not followed; delete it", e);
      }
      throw new BoxliteException("cannot open the lock " + file + ": " + e.getMessage(), e);
    }
    LockFile lock = new LockFile(file, new Descriptor("the lock " + file, fd));
    try {
      if (lock.take(kind) && lock.isStillThere()) {
        LockFile taken = lock;
        lock = null;
        return Optional.of(taken);
      }
      return Optional.empty();
    } finally {
      if (lock != null) {
        lock.close();
      }
    }
  }

  private boolean take(int kind) {
    while (true) {
      try {
        LibC.get().flock(fd.number(), kind | LibC.LOCK_NB);
        return true;
      } catch (LastErrorException e) {
        if (e.getErrorCode() == LibC.EAGAIN) {
          return false;
        }
        if (e.getErrorCode() != LibC.EINTR) {
          throw new BoxliteException("cannot lock " + file + ": " + e.getMessage(), e);
        }
      }
    }
  }

  /**
   * Returns whether the path still refers to the locked file, which its last holder may have
   * deleted.
   */
  private boolean isStillThere() {
    try {
      return Objects.equals(fileKey(file), fileKey(Path.of("/proc/self/fd/" + fd.number())));
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new BoxliteException("cannot examine the lock " + file + ": " + e, e);
    }
  }

  private static Object fileKey(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino") + "@" + Files.getAttribute(path, "unix:dev");
  }

  /** Returns the locked file. */
  public Path file() {
    return file;
  }

  /**
   * Deletes the file when the lock is released, for a lock that is rarely needed again.
   *
   * @return this lock, which must be exclusive
   */
  public LockFile deletedOnClose() {
    deleteOnClose = true;
    return this;
  }

  /**
   * Releases the lock. The file stays, unless {@link #deletedOnClose} was called.
   *
   * <p>Closing the descriptor alone would not release the lock if another thread is starting a
   * child process: until execve(2), the child has every descriptor of this process.
   */
  @Override
  public void close() {
    fd.close(
        number -> {
          try {
            if (deleteOnClose) {
              Files.deleteIfExists(file);
            }
          } catch (IOException e) {
            throw new BoxliteException("cannot delete the lock " + file + ": " + e, e);
          } finally {
            LibC.get().flock(number, LibC.LOCK_UN);
          }
        });
  }
}
