package io.boxlite.internal.vm.machine;

import io.boxlite.BoxStartException;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.LockFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of all running boxes, including those of other JVMs.
 *
 * <p>A box's owner holds a lock in its directory while it lives, so a directory whose lock is free
 * belongs to a dead JVM. The guard keeps a sweep from seeing a directory before its lock is taken.
 */
public final class BoxDirectories {
  private static final Logger log = LoggerFactory.getLogger(BoxDirectories.class);
  public static final String GUARD = "lock";
  static final String OWNER = "owner";

  /** Generous: directories are made and swept in milliseconds. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Path boxes;

  /** Uses the directory for boxes in a home directory. */
  public BoxDirectories(Home home) {
    boxes = home.boxes();
  }

  /** Creates the directory of a new box and takes its lock. */
  public BoxDirectory create(String id) {
    Path directory = boxes.resolve(id);
    try (LockFile guard = LockFile.shared(boxes.resolve(GUARD), TIMEOUT)) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try {
        return BoxDirectory.own(directory, guard.file(), TIMEOUT);
      } catch (RuntimeException e) {
        FileTree.delete(directory);
        throw e;
      }
    } catch (IOException e) {
      throw new BoxStartException("cannot make the box's directory " + directory + ": " + e, "", e);
    }
  }

  /** Deletes the directories of boxes whose JVM has died. */
  public void sweep() {
    Optional<LockFile> guard = LockFile.tryExclusive(boxes.resolve(GUARD));
    if (guard.isEmpty()) {
      // Another JVM creates a box or sweeps; leftovers can wait for the next JVM.
      return;
    }
    try (LockFile held = guard.get();
        DirectoryStream<Path> directories =
            Files.newDirectoryStream(
                boxes, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
      for (Path directory : directories) {
        sweep(directory);
      }
      log.debug("swept {} under {}", boxes, held.file());
    } catch (IOException e) {
      log.warn("cannot sweep the directories of dead boxes in {}: {}", boxes, e.toString());
    }
  }

  private static void sweep(Path directory) throws IOException {
    Optional<LockFile> owner = LockFile.tryExclusive(directory.resolve(OWNER));
    if (owner.isPresent()) {
      try (LockFile dead = owner.get()) {
        log.info("deleting {}: the JVM that ran this box is gone", dead.file().getParent());
        FileTree.delete(directory);
      }
    }
  }
}
