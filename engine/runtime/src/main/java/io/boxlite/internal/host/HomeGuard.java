package io.boxlite.internal.host;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.settings.Setting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Verifies that only this user and root can change the contents of a home directory: the kernels
 * that boxes boot, the memory that they start with, and the paths of files that are written.
 *
 * <p>Write access of others to a parent directory, by which they could rename the home directory,
 * is accepted: the workspaces of build servers are often below such directories.
 */
final class HomeGuard {
  private static final int GROUP_WRITE = 0020;
  private static final int OTHERS_WRITE = 0002;
  private static final int OWNER_SEARCH = 0100;
  private static final int GROUP_SEARCH = 0010;
  private static final int OTHERS_SEARCH = 0001;
  private static final Path GROUPS = Path.of("/etc/group");

  /** Homes without symbolic links. Others cannot add any, so each home is searched once per JVM. */
  private static final Set<Path> WITHOUT_LINKS = ConcurrentHashMap.newKeySet();

  private final Privileges user;

  HomeGuard(Privileges user) {
    this.user = user;
  }

  /**
   * Checks a home directory.
   *
   * @param root the real path of the home directory
   * @param directories the directories in it, which exist
   * @throws BoxliteException when others could change its contents, or it contains a symbolic link
   */
  void check(Path root, List<Path> directories) {
    try {
      requireOwn(root);
      for (Path directory : directories) {
        requireOwn(directory);
      }
      if (user.isRoot()) {
        requireWayIn(root);
      }
      if (!WITHOUT_LINKS.contains(root)) {
        for (Path directory : directories) {
          requireNoLinks(directory);
        }
        WITHOUT_LINKS.add(root);
      }
    } catch (IOException e) {
      throw new BoxliteException("cannot examine the directory " + root + ": " + e, e);
    }
  }

  /**
   * Checks a directory of a home directory, but not its contents, which boxes make.
   *
   * @throws BoxliteException when others could change its contents
   */
  void check(Path directory) {
    try {
      requireOwn(directory);
    } catch (IOException e) {
      throw new BoxliteException("cannot examine the directory " + directory + ": " + e, e);
    }
  }

  /**
   * The result of stat(2).
   *
   * @param mode the file type and permissions
   */
  private record Stat(long uid, long gid, int mode) {
    private static final int TYPE = 0170000; // inode(7)
    private static final int DIRECTORY = 0040000;
    private static final int LINK = 0120000;

    static Stat of(Path path) throws IOException {
      return new Stat(
          Integer.toUnsignedLong(number(path, "uid")),
          Integer.toUnsignedLong(number(path, "gid")),
          number(path, "mode"));
    }

    private static int number(Path path, String name) throws IOException {
      Object value = Files.getAttribute(path, "unix:" + name, LinkOption.NOFOLLOW_LINKS);
      return (Integer) Objects.requireNonNull(value);
    }

    boolean isLink() {
      return (mode & TYPE) == LINK;
    }

    boolean isDirectory() {
      return (mode & TYPE) == DIRECTORY;
    }

    int permissions() {
      return mode & ~TYPE;
    }
  }

  private void requireOwn(Path directory) throws IOException {
    Stat stat = Stat.of(directory);
    if (stat.isLink()) {
      throw linkIn(directory);
    }
    if (!stat.isDirectory()) {
      throw refused(directory, "exists but is not a directory");
    }
    if (stat.uid != user.uid()) {
      throw refused(
          directory,
          "belongs to "
              + owner(directory, stat.uid)
              + ", not to the user of this JVM, uid "
              + user.uid()
              + ", so its contents cannot be trusted");
    }
    if ((stat.mode & OTHERS_WRITE) != 0) {
      throw writable(directory, stat, "every user", "o-w");
    }
    if ((stat.mode & GROUP_WRITE) != 0 && !isPrivateGroup(stat.gid)) {
      throw writable(directory, stat, "its group, gid " + stat.gid, "g-w");
    }
  }

  /**
   * Returns whether this is the group with the user's own number that many systems create for each
   * user alone.
   */
  private boolean isPrivateGroup(long gid) throws IOException {
    if (gid != user.uid() || gid != user.gid()) {
      return false;
    }
    if (!Files.isReadable(GROUPS)) {
      return true;
    }
    for (String line : Files.readAllLines(GROUPS, StandardCharsets.ISO_8859_1)) {
      String[] fields = line.split(":", -1); // group(5): name, password, number, members
      if (fields.length == 4 && fields[2].equals(Long.toString(gid))) {
        return fields[3].isEmpty() || fields[3].equals(fields[0]);
      }
    }
    return true;
  }

  /** Root's QEMU has no capabilities, so directories of other users can deny it access. */
  private static void requireWayIn(Path root) throws IOException {
    for (Path above = root.getParent(); above != null; above = above.getParent()) {
      Stat stat = Stat.of(above);
      int needed = stat.uid == 0 ? OWNER_SEARCH : stat.gid == 0 ? GROUP_SEARCH : OTHERS_SEARCH;
      if ((stat.mode & needed) == 0) {
        throw refused(
            root,
            "is below "
                + above
                + " (uid "
                + stat.uid
                + String.format(", mode %o", stat.permissions())
                + "), which QEMU cannot enter: it runs as root without capabilities");
      }
    }
  }

  private void requireNoLinks(Path top) throws IOException {
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            long uid;
            try {
              uid = Stat.of(directory).uid;
            } catch (NoSuchFileException e) {
              return FileVisitResult.SKIP_SUBTREE; // deleted by another JVM meanwhile
            }
            if (uid != user.uid() && uid != 0) {
              throw refused(directory, "belongs to " + owner(directory, uid));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isSymbolicLink()) {
              throw linkIn(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            // Deleted by another JVM meanwhile, or owned by root, where no links are followed
            // either.
            if (e instanceof NoSuchFileException || e instanceof AccessDeniedException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            return e == null ? FileVisitResult.CONTINUE : visitFileFailed(directory, e);
          }
        });
  }

  private static String owner(Path directory, long uid) {
    try {
      return "user " + Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS) + " (uid " + uid + ")";
    } catch (IOException e) {
      return "uid " + uid;
    }
  }

  private static BoxliteException writable(
      Path directory, Stat stat, String byWhom, String change) {
    return refused(
        directory,
        String.format(
            "is writable by %s (mode %o), who could tamper with the files of boxes;"
                + " if only you have used it, run `chmod %s '%s'`",
            byWhom, stat.permissions(), change, directory));
  }

  private static BoxliteException linkIn(Path link) {
    return new BoxliteException(
        link
            + " is a symbolic link, which is not followed here; delete it, or set "
            + Setting.HOME.variable()
            + " to the directory that it refers to");
  }

  private static BoxliteException refused(Path directory, String why) {
    return new BoxliteException(
        directory + " " + why + "; set " + Setting.HOME.variable() + " to a directory of your own");
  }
}
