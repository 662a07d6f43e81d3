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
 * The directories of all running boxes, those of other JVMs included.
 *
 * <p>A box's owner holds a lock in its directory for as long as it lives, so that a directory
 * without a holder is one whose JVM died. The guard keeps such a sweep apart from the moments in
 * which a directory is there and its lock is not.
 */
public final class BoxDirectories {
  private static final Logger log = LoggerFactory.getLogger(BoxDirectories.class);
  public static final String GUARD = "lock";
  static final String OWNER = "owner";

  /** Directories are made and swept in milliseconds. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Path boxes;

  /** The directories in a home directory. */
  public BoxDirectories(Home home) {
    boxes = home.boxes();
  }

  /** Makes the directory of a new box and owns it. */
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

  /** Deletes the directories of boxes whose JVM died without a chance to do so. */
  public void sweep() {
    Optional<LockFile> guard = LockFile.tryExclusive(boxes.resolve(GUARD));
    if (guard.isEmpty()) {
      // Somebody makes a box or sweeps; what is left over now can wait for the next JVM.
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
