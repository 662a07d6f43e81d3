package io.boxlite.internal.host;

import io.boxlite.BoxliteException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/**
 * The guest's kernels, first root file system and seed of the scratch disk, as files that QEMU can
 * open.
 *
 * @param folder where they are
 * @param manifest what the guest's jar says about them
 */
public record GuestFiles(Path folder, GuestManifest manifest) {
  private static final String UNIPROCESSOR_KERNEL = "vmlinux-up";
  private static final String MULTIPROCESSOR_KERNEL = "vmlinux-smp";
  private static final String INITRAMFS = "initramfs.cpio";
  private static final String SCRATCH = "scratch.ext4";
  private static final List<String> FILES =
      List.of(UNIPROCESSOR_KERNEL, MULTIPROCESSOR_KERNEL, INITRAMFS, SCRATCH);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /**
   * Finds the files in the home folder, taking them out of the guest's jar when they are not there
   * yet. Any number of JVMs may do so at once.
   *
   * @throws BoxliteException when the jar is missing or damaged, or the disk is full
   */
  public static GuestFiles extract(Home home) {
    return extract(home, GuestManifest.read());
  }

  static GuestFiles extract(Home home, GuestManifest manifest) {
    GuestFiles files = new GuestFiles(home.guest().resolve(manifest.hash()), manifest);
    if (files.areComplete()) {
      return files;
    }
    try (LockFile lock = LockFile.exclusive(home.guest().resolve("lock"), PATIENCE)) {
      if (!files.areComplete()) {
        files.publish(lock);
      }
    } catch (IOException e) {
      throw new BoxliteException(
          "cannot write the guest's files to "
              + files.folder
              + ": "
              + e.getMessage()
              + "; is the disk full?",
          e);
    }
    return files;
  }

  /** The kernel of a guest with so many processors, an ELF file with a PVH entry. */
  public Path kernel(int cpus) {
    return folder.resolve(cpus == 1 ? UNIPROCESSOR_KERNEL : MULTIPROCESSOR_KERNEL);
  }

  /** The first root file system, with the agent as its init. */
  public Path initramfs() {
    return folder.resolve(INITRAMFS);
  }

  /** A small ext4 file system that a scratch disk starts as. */
  public Path scratch() {
    return folder.resolve(SCRATCH);
  }

  /** The contents were verified before the folder got its name; the sizes tell later damage. */
  private boolean areComplete() {
    return FILES.stream()
        .allMatch(name -> folder.resolve(name).toFile().length() == manifest.size(name));
  }

  /** Writes the files under a temporary name, which the lock's holder alone may use. */
  private void publish(LockFile lock) throws IOException {
    Path unfinished = lock.file().resolveSibling("unfinished");
    FileTree.delete(unfinished);
    Files.createDirectory(unfinished);
    try {
      for (String name : FILES) {
        write(name, unfinished.resolve(name));
      }
      FileTree.delete(folder);
      Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      FileTree.delete(unfinished);
    }
  }

  private void write(String name, Path target) throws IOException {
    MessageDigest digest = GuestManifest.sha256();
    try (InputStream in = new DigestInputStream(manifest.open(name), digest);
        FileOutputStream out = new FileOutputStream(target.toFile())) {
      in.transferTo((OutputStream) out);
      // The rename must not reach the disk before the contents do.
      out.getFD().sync();
    }
    String actual = HexFormat.of().formatHex(digest.digest());
    if (!actual.equals(manifest.sha256(name)) || Files.size(target) != manifest.size(name)) {
      throw new BoxliteException(
          "the guest's jar is damaged: "
              + name
              + " has "
              + Files.size(target)
              + " bytes and SHA-256 "
              + actual
              + ", its manifest says "
              + manifest.size(name)
              + " bytes and "
              + manifest.sha256(name)
              + "; delete the jar from the local repository and resolve it again");
    }
  }
}
