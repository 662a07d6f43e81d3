package io.boxlite.internal.vm.machine;

import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.host.OpenDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory of one box: its scratch disk and its sockets. Closing it deletes it. */
public final class BoxDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BoxDirectory.class);

  private final Path path;
  private final Path guard;
  private final Duration timeout;
  private final LockFile owner;
  private final OpenDirectory open;

  private BoxDirectory(
      Path path, Path guard, Duration timeout, LockFile owner, OpenDirectory open) {
    this.path = path;
    this.guard = guard;
    this.timeout = timeout;
    this.owner = owner;
    this.open = open;
  }

  /** Takes the lock of a directory that was just created under the guard. */
  static BoxDirectory own(Path path, Path guard, Duration timeout) {
    LockFile owner = LockFile.exclusive(path.resolve(BoxDirectories.OWNER), timeout);
    try {
      return new BoxDirectory(path, guard, timeout, owner, OpenDirectory.open(path));
    } catch (RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  /** Returns the id of the box, which is the directory's name. */
  public String id() {
    return String.valueOf(path.getFileName());
  }

  /** Returns the directory itself. */
  public Path path() {
    return path;
  }

  /** Returns a file in the directory. */
  public Path file(String name) {
    return path.resolve(name);
  }

  /**
   * Returns a file in the directory by a path short enough for a socket's address. The path is
   * valid until the directory is closed.
   */
  public Path shortPath(String name) {
    return open.shortPath(name);
  }

  /** Deletes the directory with everything in it. */
  @Override
  public void close() {
    open.close();
    try (LockFile shared = LockFile.shared(guard, timeout)) {
      FileTree.delete(path);
    } catch (IOException | RuntimeException e) {
      // The next JVM's sweep deletes it, since its lock is released below.
      log.warn("cannot delete the directory of a box, {}: {}", path, e.toString());
    } finally {
      owner.close();
    }
  }
}
