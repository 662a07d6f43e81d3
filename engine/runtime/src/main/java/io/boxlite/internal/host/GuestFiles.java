package io.boxlite.internal.host;

import io.boxlite.BoxliteException;
import io.boxlite.text.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The guest's kernels, first root file system and seed of the scratch disk, as files that QEMU can
 * open.
 *
 * @param directory where they are
 * @param manifest what the guest's jar says about them
 */
public record GuestFiles(Path directory, GuestManifest manifest) {
  private static final Logger log = LoggerFactory.getLogger(GuestFiles.class);
  private static final String UNIPROCESSOR_KERNEL = "vmlinux-up";
  private static final String MULTIPROCESSOR_KERNEL = "vmlinux-smp";
  private static final String INITRAMFS = "initramfs.cpio";
  private static final String SCRATCH = "scratch.ext4";
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  /** Says which files, by all that changes with their contents, were found to be right. */
  private static final String VERIFIED = "verified";

  /** What was found to be right in this JVM: the directory, and the state of its files then. */
  private static final Map<Path, String> KNOWN = new ConcurrentHashMap<>();

  /**
   * Finds the files in the home directory, taking them out of the guest's jar when they are not
   * there yet. Any number of JVMs may do so at once.
   *
   * @throws BoxliteException when the jar is missing or damaged, or the disk is full
   */
  public static GuestFiles extract(Home home) {
    return extract(home, GuestManifest.read());
  }

  static GuestFiles extract(Home home, GuestManifest manifest) {
    GuestFiles files = new GuestFiles(home.guest().resolve(manifest.hash()), manifest);
    try {
      if (files.areUnchanged()) {
        return files;
      }
      try (LockFile lock = LockFile.exclusive(home.guest().resolve("lock"), TIMEOUT)) {
        if (!files.areUnchanged() && !files.verify()) {
          files.publish(lock);
        }
      }
    } catch (IOException e) {
      throw new BoxliteException(
          "cannot write the guest's files to "
              + files.directory
              + ": "
              + e.getMessage()
              + "; is the disk full?",
          e);
    }
    return files;
  }

  /**
   * The kernel for a guest with so many processors, an ELF file with a PVH entry. A guest that was
   * built without the kernel for one processor has the other one for any number.
   */
  public Path kernel(int cpus) {
    boolean uniprocessor = cpus == 1 && manifest.has(UNIPROCESSOR_KERNEL);
    return directory.resolve(uniprocessor ? UNIPROCESSOR_KERNEL : MULTIPROCESSOR_KERNEL);
  }

  private List<String> names() {
    return manifest.has(UNIPROCESSOR_KERNEL)
        ? List.of(UNIPROCESSOR_KERNEL, MULTIPROCESSOR_KERNEL, INITRAMFS, SCRATCH)
        : List.of(MULTIPROCESSOR_KERNEL, INITRAMFS, SCRATCH);
  }

  /** The first root file system, with the agent as its init. */
  public Path initramfs() {
    return directory.resolve(INITRAMFS);
  }

  /** A small ext4 file system that a scratch disk starts as. */
  public Path scratch() {
    return directory.resolve(SCRATCH);
  }

  /**
   * Whether the files are those whose contents were verified, by this JVM or an earlier one.
   * Reading them for each JVM's first box would cost it as much time as its start.
   */
  private boolean areUnchanged() throws IOException {
    String now = stamps(directory);
    if (now.isEmpty()) {
      return false;
    }
    if (now.equals(KNOWN.get(directory))) {
      return true;
    }
    Path note = directory.resolve(VERIFIED);
    boolean unchanged =
        Files.isRegularFile(note, LinkOption.NOFOLLOW_LINKS)
            && now.equals(Files.readString(note, StandardCharsets.ISO_8859_1));
    if (unchanged) {
      KNOWN.put(directory, now);
    }
    return unchanged;
  }

  /** Compares the contents with the manifest, and notes it when they are right. */
  private boolean verify() throws IOException {
    String now = stamps(directory);
    if (now.isEmpty()) {
      return false;
    }
    for (String name : names()) {
      if (!digest(directory.resolve(name)).equals(manifest.sha256(name))) {
        log.warn("{} is damaged: the guest's files are taken out of the jar anew", directory);
        return false;
      }
    }
    note(directory);
    KNOWN.put(directory, now);
    return true;
  }

  private static String digest(Path file) throws IOException {
    MessageDigest digest = Sha256.start();
    byte[] buffer = new byte[1 << 18];
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
        digest.update(buffer, 0, got);
      }
    }
    return Sha256.hex(digest);
  }

  /**
   * Differs when a file was written to or replaced: the time of its inode's last change cannot be
   * set back. Empty when one is missing, or is no file, or of another size than the jar's.
   */
  private String stamps(Path directory) throws IOException {
    StringBuilder stamps = new StringBuilder();
    for (String name : names()) {
      Map<String, Object> stat;
      try {
        stat =
            Files.readAttributes(
                directory.resolve(name),
                "unix:dev,ino,size,lastModifiedTime,ctime,isRegularFile",
                LinkOption.NOFOLLOW_LINKS);
      } catch (NoSuchFileException e) {
        return "";
      }
      if (!Boolean.TRUE.equals(stat.get("isRegularFile"))
          || !Long.valueOf(manifest.size(name)).equals(stat.get("size"))) {
        return "";
      }
      stamps.append(name);
      for (String key : List.of("dev", "ino", "lastModifiedTime", "ctime")) {
        stamps.append(' ').append(stat.get(key));
      }
      stamps.append('\n');
    }
    return stamps.toString();
  }

  private void note(Path directory) throws IOException {
    Path unfinished = directory.resolve(VERIFIED + ".unfinished");
    Files.deleteIfExists(unfinished);
    Files.writeString(
        unfinished,
        stamps(directory),
        StandardCharsets.ISO_8859_1,
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.WRITE);
    Files.move(unfinished, directory.resolve(VERIFIED), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Writes the files under a temporary name, which the lock's holder alone may use. */
  private void publish(LockFile lock) throws IOException {
    Path unfinished = lock.file().resolveSibling("unfinished");
    FileTree.delete(unfinished);
    Files.createDirectory(unfinished);
    try {
      for (String name : names()) {
        write(name, unfinished.resolve(name));
      }
      note(unfinished);
      FileTree.delete(directory);
      Files.move(unfinished, directory, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      FileTree.delete(unfinished);
    }
  }

  private void write(String name, Path target) throws IOException {
    MessageDigest digest = Sha256.start();
    try (InputStream in = new DigestInputStream(manifest.open(name), digest);
        FileChannel out =
            FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      in.transferTo(Channels.newOutputStream(out));
      // The rename must not reach the disk before the contents do.
      out.force(true);
    }
    String actual = Sha256.hex(digest);
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
