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
 * The guest's kernels, initramfs and scratch disk seed, as files that a hypervisor can open.
 *
 * @param directory the directory of the files
 * @param manifest the manifest of the guest's jar
 */
public record GuestFiles(Path directory, GuestManifest manifest) {
  private static final Logger log = LoggerFactory.getLogger(GuestFiles.class);
  private static final String UNIPROCESSOR_KERNEL = "vmlinux-up";
  private static final String MULTIPROCESSOR_KERNEL = "vmlinux-smp";
  private static final String INITRAMFS = "initramfs.cpio";
  private static final String SCRATCH = "scratch.ext4";
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  /** Records the inode and time stamps of the files whose contents were verified. */
  private static final String VERIFIED = "verified";

  /** The verified directories of this JVM, with the inodes and time stamps of their files. */
  private static final Map<Path, String> KNOWN = new ConcurrentHashMap<>();

  /**
   * Returns the files of the home directory, extracting them from the guest's jar if necessary. Any
   * number of JVMs may do so at once.
   *
   * @throws BoxliteException when the jar is missing or damaged, or a file cannot be written
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
      try (SharedEntry entry = SharedEntry.lock(home.guest(), manifest.hash(), TIMEOUT)) {
        if (!files.areUnchanged() && !files.verify()) {
          entry.make(files.directory, files::write);
          SharedEntry.sweep(home.guest());
        }
      }
    } catch (IOException e) {
      throw new BoxliteException(
          "cannot extract the guest's files to "
              + files.directory
              + ": "
              + e.getMessage()
              + "; is the disk full?",
          e);
    }
    return files;
  }

  /**
   * Returns the kernel for a guest with the given number of processors, an ELF file with a PVH
   * entry point. A guest that was built without the uniprocessor kernel uses the other one for any
   * number.
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

  /** Returns the initramfs, with the agent as its init. */
  public Path initramfs() {
    return directory.resolve(INITRAMFS);
  }

  /** Returns the small ext4 file system that every scratch disk starts as. */
  public Path scratch() {
    return directory.resolve(SCRATCH);
  }

  /**
   * Returns whether the files are unchanged since this JVM or an earlier one verified their
   * contents. Reading the contents in each JVM would double the time that its first box takes to
   * start.
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
            && now.equals(Files.readString(note, StandardCharsets.UTF_8));
    if (unchanged) {
      KNOWN.put(directory, now);
    }
    return unchanged;
  }

  /** Compares the contents with the manifest, and records the result when they match. */
  private boolean verify() throws IOException {
    String now = stamps(directory);
    if (now.isEmpty()) {
      return false;
    }
    for (String name : names()) {
      if (!digest(directory.resolve(name)).equals(manifest.sha256(name))) {
        log.warn("{} is damaged; extracting the guest's files again", directory);
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
   * Returns a text that changes when a file is written or replaced: the ctime of an inode cannot be
   * set back. Empty when a file is missing, is not a regular file, or has the wrong size.
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
    AtomicFile.write(directory.resolve(VERIFIED), stamps(directory));
  }

  private void write(Path unfinished) throws IOException {
    Files.createDirectory(unfinished);
    for (String name : names()) {
      write(name, unfinished.resolve(name));
    }
    note(unfinished);
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
