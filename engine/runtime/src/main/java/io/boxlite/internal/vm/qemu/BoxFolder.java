package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.host.OpenFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder of one box: its scratch disk and its sockets. Closing it deletes it. */
public final class BoxFolder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BoxFolder.class);

  private final Path path;
  private final Path guard;
  private final Duration patience;
  private final LockFile owner;
  private final OpenFolder open;

  private BoxFolder(Path path, Path guard, Duration patience, LockFile owner, OpenFolder open) {
    this.path = path;
    this.guard = guard;
    this.patience = patience;
    this.owner = owner;
    this.open = open;
  }

  /** Takes the lock of a folder that was just made, under the guard. */
  static BoxFolder own(Path path, Path guard, Duration patience) {
    LockFile owner = LockFile.exclusive(path.resolve(BoxFolders.OWNER), patience);
    try {
      return new BoxFolder(path, guard, patience, owner, OpenFolder.open(path));
    } catch (RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  /** The folder itself. */
  public Path path() {
    return path;
  }

  /** A file in the folder. */
  public Path file(String name) {
    return path.resolve(name);
  }

  /** A file in the folder by a path that fits a socket's address, until the folder is closed. */
  Path shortPath(String name) {
    return open.shortPath(name);
  }

  /** Deletes the folder with everything in it. */
  @Override
  public void close() {
    open.close();
    try (LockFile shared = LockFile.shared(guard, patience)) {
      FileTree.delete(path);
    } catch (IOException | RuntimeException e) {
      // The next JVM's sweep deletes it: this one lets go of it below.
      log.warn("cannot delete the folder of a box, {}: {}", path, e.toString());
    } finally {
      owner.close();
    }
  }
}
