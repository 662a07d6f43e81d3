package io.boxlite.internal.vm.qemu;

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
 * The folders of all running boxes, those of other JVMs included.
 *
 * <p>A box's owner holds a lock in its folder for as long as it lives, so that a folder without a
 * holder is one whose JVM died. The guard keeps such a sweep apart from the moments in which a
 * folder is there and its lock is not.
 */
public final class BoxFolders {
  private static final Logger log = LoggerFactory.getLogger(BoxFolders.class);
  public static final String GUARD = "lock";
  static final String OWNER = "owner";

  /** Folders are made and swept in milliseconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path boxes;

  /** The folders in a home folder. */
  public BoxFolders(Home home) {
    boxes = home.boxes();
  }

  /** Makes the folder of a new box and owns it. */
  public BoxFolder create(String id) {
    Path folder = boxes.resolve(id);
    try (LockFile guard = LockFile.shared(boxes.resolve(GUARD), PATIENCE)) {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try {
        return BoxFolder.own(folder, guard.file(), PATIENCE);
      } catch (RuntimeException e) {
        FileTree.delete(folder);
        throw e;
      }
    } catch (IOException e) {
      throw new BoxStartException("cannot make the box's folder " + folder + ": " + e, "", e);
    }
  }

  /** Deletes the folders of boxes whose JVM died without a chance to do so. */
  public void sweep() {
    Optional<LockFile> guard = LockFile.tryExclusive(boxes.resolve(GUARD));
    if (guard.isEmpty()) {
      // Somebody makes a box or sweeps; what is left over now can wait for the next JVM.
      return;
    }
    try (LockFile held = guard.get();
        DirectoryStream<Path> folders =
            Files.newDirectoryStream(
                boxes, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
      for (Path folder : folders) {
        sweep(folder);
      }
      log.debug("swept {} under {}", boxes, held.file());
    } catch (IOException e) {
      log.warn("cannot sweep the folders of dead boxes in {}: {}", boxes, e.toString());
    }
  }

  private static void sweep(Path folder) throws IOException {
    Optional<LockFile> owner = LockFile.tryExclusive(folder.resolve(OWNER));
    if (owner.isPresent()) {
      try (LockFile dead = owner.get()) {
        log.info("deleting {}: the JVM that ran this box is gone", dead.file().getParent());
        FileTree.delete(folder);
      }
    }
  }
}
