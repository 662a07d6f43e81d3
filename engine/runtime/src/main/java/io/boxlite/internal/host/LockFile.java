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
 * A lock on a file, held until it is closed or its process dies in any way.
 *
 * <p>Made with flock(2) and not with {@link java.nio.channels.FileLock}: that one belongs to the
 * whole JVM, so two threads cannot exclude each other by it, and closing any other channel on the
 * same file releases it.
 *
 * <p>A symbolic link in the file's place is refused: it would have the file made elsewhere.
 *
 * <p>A holder of an exclusive lock may delete the file: whoever waited for it then starts afresh.
 */
public final class LockFile implements AutoCloseable {
  private static final long FIRST_WAIT_MILLIS = 1;
  private static final long LONGEST_WAIT_MILLIS = 20;

  private final Path file;
  private final Descriptor fd;

  private LockFile(Path file, Descriptor fd) {
    this.file = file;
    this.fd = fd;
  }

  /**
   * Locks a file against every other holder, creating it when missing.
   *
   * @param timeout how long to wait for others
   * @throws BoxliteException when others hold it for longer, or this thread is interrupted
   */
  public static LockFile exclusive(Path file, Duration timeout) {
    return await(file, LibC.LOCK_EX, timeout);
  }

  /**
   * Locks a file against exclusive holders only, creating it when missing.
   *
   * @param timeout how long to wait for others
   * @throws BoxliteException when another holds it for longer, or this thread is interrupted
   */
  public static LockFile shared(Path file, Duration timeout) {
    return await(file, LibC.LOCK_SH, timeout);
  }

  /** Locks a file against every other holder, creating it when missing; empty when one has it. */
  public static Optional<LockFile> tryExclusive(Path file) {
    return tryOnce(file, LibC.LOCK_EX);
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
                + " was held by another for more than "
                + timeout.toMillis()
                + " ms; `fuser -v "
                + file
                + "` shows by whom");
      }
      try {
        Thread.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BoxliteException("interrupted while waiting for the lock " + file, e);
      }
      wait = Math.min(2 * wait, LONGEST_WAIT_MILLIS);
    }
  }

  private static Optional<LockFile> tryOnce(Path file, int kind) {
    int fd;
    try {
      fd =
          LibC.get()
              .open(
                  file.toString(),
                  LibC.O_RDWR | LibC.O_CREAT | LibC.O_NOFOLLOW | LibC.O_CLOEXEC,
                  0600);
    } catch (LastErrorException e) {
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

  /** Whether the path still names the locked file, which its last holder may have deleted. */
  private boolean isStillThere() {
    try {
      return Objects.equals(fileKey(file), fileKey(Path.of("/proc/self/fd/" + fd.number())));
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new BoxliteException("cannot look at the lock " + file + ": " + e, e);
    }
  }

  private static Object fileKey(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino") + "@" + Files.getAttribute(path, "unix:dev");
  }

  /** The file that is locked. */
  public Path file() {
    return file;
  }

  /**
   * Lets go of the lock. The file stays.
   *
   * <p>Closing alone would leave it to a child that another thread is just starting: until it runs
   * its program, it has every descriptor of this process.
   */
  @Override
  public void close() {
    fd.close(number -> LibC.get().flock(number, LibC.LOCK_UN));
  }
}
