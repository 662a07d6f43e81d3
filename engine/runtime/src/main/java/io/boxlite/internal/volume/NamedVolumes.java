package io.boxlite.internal.volume;

import io.boxlite.BoxliteException;
import io.boxlite.VolumeInfo;
import io.boxlite.internal.host.DiskUsage;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.LockFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The named volumes of a home directory. A volume is a directory of its name, with its files in
 * {@code data} and a lock that each box holds that has it.
 */
public final class NamedVolumes {
  private static final Logger log = LoggerFactory.getLogger(NamedVolumes.class);

  private static final String DATA = "data";
  private static final String LOCK = "lock";

  /** What is being deleted. No name of a volume begins with a dot. */
  private static final String DELETED = ".deleted-";

  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);
  private static final int ATTEMPTS = 5;

  private final Path volumes;

  /**
   * Opens the volumes of a home directory.
   *
   * @param volumes the directory that has them
   */
  public NamedVolumes(Path volumes) {
    this.volumes = volumes;
    sweep();
  }

  /**
   * The use of a volume.
   *
   * @param data the directory with its files
   */
  public record Use(Path data, LockFile lock) implements AutoCloseable {
    @Override
    public void close() {
      lock.close();
    }
  }

  /** Uses a volume, which is created if it is missing and not removed before the use is closed. */
  public Use use(String name) {
    Path volume = volumes.resolve(name);
    for (int attempt = 1; ; attempt++) {
      try {
        create(volume.resolve(DATA));
        LockFile lock = LockFile.shared(volume.resolve(LOCK), LOCK_TIMEOUT);
        if (Files.isDirectory(volume.resolve(DATA))) {
          return new Use(volume.resolve(DATA), lock);
        }
        lock.close();
      } catch (IOException | BoxliteException e) {
        // Another process may just have removed it.
        if (attempt == ATTEMPTS) {
          throw new BoxliteException("cannot use the volume " + name + ": " + e.getMessage(), e);
        }
      }
    }
  }

  /** Creates a volume, unless it exists. */
  public VolumeInfo create(String name) {
    try (Use use = use(name)) {
      return new VolumeInfo(name, use.data(), DiskUsage.bytes(use.data()), false);
    }
  }

  private static void create(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  /** Returns all volumes. */
  public List<VolumeInfo> list() {
    List<VolumeInfo> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(volumes)) {
      for (Path volume : entries) {
        String name = String.valueOf(volume.getFileName());
        Path data = volume.resolve(DATA);
        if (!name.startsWith(".") && Files.isDirectory(data)) {
          found.add(new VolumeInfo(name, data, DiskUsage.bytes(data), isUsed(volume)));
        }
      }
    } catch (IOException e) {
      throw new BoxliteException("cannot list the volumes in " + volumes + ": " + e, e);
    }
    found.sort(Comparator.comparing(VolumeInfo::name));
    return List.copyOf(found);
  }

  private static boolean isUsed(Path volume) {
    if (!Files.exists(volume.resolve(LOCK))) {
      return false;
    }
    Optional<LockFile> lock = LockFile.tryExclusive(volume.resolve(LOCK));
    lock.ifPresent(LockFile::close);
    return lock.isEmpty();
  }

  /**
   * Deletes a volume.
   *
   * @throws IllegalArgumentException if there is no such volume
   * @throws IllegalStateException if it is used
   */
  public void remove(String name) {
    Path volume = volumes.resolve(name);
    if (!Files.isDirectory(volume.resolve(DATA))) {
      throw new IllegalArgumentException("there is no volume \"" + name + "\"");
    }
    Path removed = volumes.resolve(DELETED + UUID.randomUUID());
    LockFile lock =
        LockFile.tryExclusive(volume.resolve(LOCK))
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "the volume \"" + name + "\" is used by a box; close the box first"));
    try (lock) {
      Files.move(volume, removed, StandardCopyOption.ATOMIC_MOVE);
      delete(removed);
    } catch (IOException e) {
      throw new BoxliteException("cannot delete the volume " + name + ": " + e, e);
    }
  }

  /** Boxes can make directories that their owner may not change. */
  private static void delete(Path tree) throws IOException {
    OwnedTree.makeWritable(tree);
    FileTree.delete(tree);
  }

  /** Deletes what processes that died while they deleted a volume have left. */
  private void sweep() {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(volumes, DELETED + "*")) {
      for (Path each : left) {
        delete(each);
      }
    } catch (IOException e) {
      log.warn("cannot delete removed volumes in {}: {}", volumes, e.toString());
    }
  }
}
