package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.erofs.Attributes;
import io.boxlite.internal.image.erofs.Directory;
import io.boxlite.internal.image.erofs.DirectoryEntry;
import io.boxlite.internal.image.erofs.ErofsWriter;
import io.boxlite.internal.image.erofs.FileType;
import io.boxlite.internal.image.erofs.Inode;
import io.boxlite.internal.image.erofs.Symlink;
import io.boxlite.internal.image.tar.ByteString;
import io.boxlite.internal.image.tar.TarEntry;
import io.boxlite.internal.image.tar.TarReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The merged tree of the layers read so far. Names are resolved in this tree, never as paths on the
 * host.
 *
 * <p>The rules are those of the OCI image specification 1.1, layer.md; where it says nothing, those
 * of containerd.
 */
final class RootTree {
  private static final String WHITEOUT = ".wh.";
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  /** MAXSYMLINKS, linux/namei.h: programs in the box cannot follow more. */
  private static final int MAX_SYMLINKS = 40;

  /** No path without links can have more directories, so paths with links must not either. */
  private static final int MAX_DEPTH = EntryPath.MAX_PATH / 2;

  /** The estimated heap size of a name with its inode: objects, and a slot in a table. */
  private static final int ENTRY_BYTES = 160;

  /** The additional heap size of a directory. */
  private static final int DIRECTORY_BYTES = 320;

  private final ErofsWriter image;
  private final Limits limits;
  private int entries;
  private long treeBytes;
  private int layer;

  RootTree(ErofsWriter image, Limits limits) {
    this.image = image;
    this.limits = limits;
  }

  /**
   * Adds an archive as the next layer.
   *
   * @param whiteouts whether names with {@code .wh.} remove files, as in layers; in the archive of
   *     a plain root file system they are ordinary names
   */
  void apply(TarReader archive, boolean whiteouts) throws IOException {
    layer++;
    for (TarEntry entry = archive.next(); entry != null; entry = archive.next()) {
      List<String> path = EntryPath.components(entry.name());
      count(entry, path);
      try {
        apply(entry, path, archive, whiteouts);
      } catch (ImageIntegrityException e) {
        throw new ImageIntegrityException(
            "its entry " + ByteString.display(entry.name()) + " is invalid: " + e.getMessage(), e);
      }
    }
  }

  private void count(TarEntry entry, List<String> path) {
    int name = path.isEmpty() ? 0 : path.get(path.size() - 1).length();
    if (entry.kind() != TarEntry.Kind.DIRECTORY) {
      count(name + entry.linkName().length());
      return;
    }
    int xattrs = 0;
    for (Map.Entry<String, String> xattr : entry.xattrs().entrySet()) {
      xattrs += DIRECTORY_BYTES + xattr.getKey().length() + xattr.getValue().length();
    }
    count(DIRECTORY_BYTES + name + xattrs);
  }

  /**
   * Counts heap bytes. Removed entries remain counted, since an archive may repeat that at will.
   */
  private void count(int bytes) {
    limits.checkEntries(++entries);
    treeBytes += ENTRY_BYTES + bytes;
    limits.checkTree(treeBytes);
  }

  private void apply(TarEntry entry, List<String> path, TarReader archive, boolean whiteouts)
      throws IOException {
    if (path.isEmpty()) {
      // The root, or a member without a name. Image tools ignore it, since the permissions of the
      // directory that was archived are not meant for the image's root.
      return;
    }
    String name = path.get(path.size() - 1);
    Directory parent = resolve(path.subList(0, path.size() - 1));
    if (whiteouts && name.startsWith(WHITEOUT)) {
      whiteOut(parent, name);
    } else if (entry.kind() == TarEntry.Kind.HARD_LINK) {
      link(parent, name, entry.linkName());
    } else if (entry.kind() == TarEntry.Kind.DIRECTORY) {
      directory(parent, name, attributes(entry));
    } else {
      replace(parent, name);
      image.put(parent, name, make(entry, archive), layer);
    }
  }

  private Inode make(TarEntry entry, TarReader archive) throws IOException {
    Attributes attributes = attributes(entry);
    return switch (entry.kind()) {
      case SYMLINK -> image.symlink(attributes, symlinkTarget(entry));
      case CHARACTER_DEVICE ->
          image.device(
              attributes, FileType.CHARACTER_DEVICE, entry.deviceMajor(), entry.deviceMinor());
      case BLOCK_DEVICE ->
          image.device(attributes, FileType.BLOCK_DEVICE, entry.deviceMajor(), entry.deviceMinor());
      case FIFO -> image.fifo(attributes);
      default ->
          entry.sparse() == null
              ? image.file(attributes, entry.size(), archive)
              : image.sparseFile(attributes, entry.size(), entry.sparse(), archive);
    };
  }

  private static String symlinkTarget(TarEntry entry) {
    String target = entry.linkName();
    if (target.isEmpty() || target.length() > EntryPath.MAX_PATH) {
      throw new ImageIntegrityException(
          "its link target has "
              + target.length()
              + " bytes; Linux allows from 1 to "
              + EntryPath.MAX_PATH);
    }
    return target;
  }

  private static Attributes attributes(TarEntry entry) {
    Map<String, String> xattrs = entry.xattrs();
    if (xattrs.keySet().stream().anyMatch(RootTree::isForOverlay)) {
      xattrs = new LinkedHashMap<>(xattrs);
      xattrs.keySet().removeIf(RootTree::isForOverlay);
    }
    return new Attributes(
        entry.mode(), entry.uid(), entry.gid(), entry.mtimeSeconds(), entry.mtimeNanos(), xattrs);
  }

  /** Returns whether the guest's overlayfs on the image would interpret an attribute. */
  private static boolean isForOverlay(String xattr) {
    return xattr.startsWith("trusted.overlay.");
  }

  private void directory(Directory parent, String name, Attributes attributes) {
    DirectoryEntry there = parent.get(name);
    if (there != null && there.inode() instanceof Directory directory) {
      directory.setAttributes(attributes);
      there.touch(layer);
    } else {
      replace(parent, name);
      makeDirectory(parent, name, attributes);
    }
  }

  private DirectoryEntry makeDirectory(Directory parent, String name, Attributes attributes) {
    if (parent.depth() >= MAX_DEPTH) {
      throw new ImageIntegrityException("it is in more than " + MAX_DEPTH + " nested directories");
    }
    return image.directory(parent, name, attributes, layer);
  }

  private void link(Directory parent, String name, String targetName) {
    List<String> path = EntryPath.components(targetName);
    if (path.isEmpty()) {
      throw new ImageIntegrityException("it is a hard link to the root directory");
    }
    Directory directory = find(path.subList(0, path.size() - 1), targetName);
    DirectoryEntry target = directory.get(path.get(path.size() - 1));
    if (target == null) {
      throw noTarget(targetName);
    }
    if (target.inode() instanceof Directory) {
      throw new ImageIntegrityException(
          "it is a hard link to " + ByteString.display(targetName) + ", which is a directory");
    }
    DirectoryEntry there = parent.get(name);
    if (there != null && there.inode() == target.inode()) {
      there.touch(layer);
      return;
    }
    if (there != null && there.inode() instanceof Directory && contains(there.inode(), directory)) {
      throw noTarget(targetName);
    }
    replace(parent, name);
    image.link(parent, name, target.inode(), layer);
  }

  /** Returns whether a directory is another one, or is below it. */
  private static boolean contains(Inode outer, Directory inner) {
    Directory up = inner;
    while (up != outer && up != up.parent()) {
      up = up.parent();
    }
    return up == outer;
  }

  private static ImageIntegrityException noTarget(String name) {
    return new ImageIntegrityException(
        "it is a hard link to " + ByteString.display(name) + ", which does not exist");
  }

  private void replace(Directory parent, String name) {
    DirectoryEntry there = parent.get(name);
    if (there != null) {
      image.remove(parent, there);
    }
  }

  private void whiteOut(Directory parent, String name) {
    if (name.equals(OPAQUE)) {
      for (DirectoryEntry entry : parent.entries()) {
        removeLower(parent, entry);
      }
      return;
    }
    if (name.startsWith(WHITEOUT_META)) {
      // Internal files of AUFS.
      return;
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new ImageIntegrityException("it is a whiteout without a name");
    }
    DirectoryEntry entry = parent.get(hidden);
    if (entry != null) {
      removeLower(parent, entry);
    }
  }

  /** Removes what lower layers have. A whiteout's position in its own layer does not matter. */
  private void removeLower(Directory parent, DirectoryEntry entry) {
    if (entry.layer() < layer) {
      image.remove(parent, entry);
    } else if (entry.inode() instanceof Directory directory) {
      for (DirectoryEntry below : directory.entries()) {
        removeLower(directory, below);
      }
    }
  }

  /** Resolves a path to a directory, following symbolic links and creating missing directories. */
  private Directory resolve(List<String> path) {
    return walk(path, true, "");
  }

  /** Resolves a path to an existing directory. */
  private Directory find(List<String> path, String target) {
    return walk(path, false, target);
  }

  private Directory walk(List<String> path, boolean make, String target) {
    Deque<String> left = new ArrayDeque<>(path);
    Directory at = image.root();
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        at = at.parent();
        continue;
      }
      DirectoryEntry entry = at.get(name);
      if (entry == null) {
        if (!make) {
          throw noTarget(target);
        }
        count(DIRECTORY_BYTES + name.length());
        entry = makeDirectory(at, name, Attributes.IMPLIED_DIRECTORY);
      }
      if (entry.inode() instanceof Directory directory) {
        if (make) {
          entry.touch(layer);
        }
        at = directory;
      } else if (entry.inode() instanceof Symlink link) {
        if (++links > MAX_SYMLINKS) {
          throw new ImageIntegrityException(
              "more than " + MAX_SYMLINKS + " symbolic links lead there; they form a loop");
        }
        if (link.target().startsWith("/")) {
          at = image.root();
        }
        String[] names = link.target().split("/", -1);
        for (int i = names.length - 1; i >= 0; i--) {
          left.push(names[i]);
        }
      } else {
        throw new ImageIntegrityException(
            ByteString.display(name) + ", in its path, is not a directory");
      }
    }
    return at;
  }
}
