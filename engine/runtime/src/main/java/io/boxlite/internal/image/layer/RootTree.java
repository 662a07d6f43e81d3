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
 * The merged tree of all layers so far, in which every name is resolved: nothing of an archive ever
 * becomes a path on the host.
 *
 * <p>The rules are those of the OCI image specification 1.1, layer.md; where that is silent, what
 * containerd does.
 */
final class RootTree {
  private static final String WHITEOUT = ".wh.";
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  /** MAXSYMLINKS, linux/namei.h: no program in the box could follow more. */
  private static final int MAX_SYMLINKS = 40;

  /** No path is longer than this many directories without links, so none may be with them. */
  private static final int MAX_DEPTH = EntryPath.MAX_PATH / 2;

  /** What a name with its inode takes of the heap: objects, and its slot in a table. */
  private static final int ENTRY_BYTES = 160;

  /** What a directory takes besides. */
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
   * Lays an archive over what there is.
   *
   * @param whiteouts whether names with {@code .wh.} take away, as in layers; in the archive of a
   *     plain root file system they are names like others
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
            "its entry " + ByteString.display(entry.name()) + " is bad: " + e.getMessage(), e);
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

  /** What is taken away again stays counted, as an archive may do that any number of times. */
  private void count(int bytes) {
    limits.checkEntries(++entries);
    treeBytes += ENTRY_BYTES + bytes;
    limits.checkTree(treeBytes);
  }

  private void apply(TarEntry entry, List<String> path, TarReader archive, boolean whiteouts)
      throws IOException {
    if (path.isEmpty()) {
      // The root, or a member without a name. Image tools pass over it, since the directory that an
      // archive was made of says nothing about who may enter the image's root.
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
    if (xattrs.keySet().stream().anyMatch(RootTree::steersOverlay)) {
      xattrs = new LinkedHashMap<>(xattrs);
      xattrs.keySet().removeIf(RootTree::steersOverlay);
    }
    return new Attributes(
        entry.mode(), entry.uid(), entry.gid(), entry.mtimeSeconds(), entry.mtimeNanos(), xattrs);
  }

  /** The guest lays an overlayfs over the image, which would obey these. */
  private static boolean steersOverlay(String xattr) {
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
      throw new ImageIntegrityException(
          "it is in more than " + MAX_DEPTH + " directories, one in the other");
    }
    return image.directory(parent, name, attributes, layer);
  }

  private void link(Directory parent, String name, String targetName) {
    List<String> path = EntryPath.components(targetName);
    if (path.isEmpty()) {
      throw new ImageIntegrityException("it is a hard link to a directory, the root");
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

  /** Whether a directory is, or is below, another one. */
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
      // What AUFS kept for itself.
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

  /** A whiteout hides what lower layers have, wherever in its own layer it comes. */
  private void removeLower(Directory parent, DirectoryEntry entry) {
    if (entry.layer() < layer) {
      image.remove(parent, entry);
    } else if (entry.inode() instanceof Directory directory) {
      for (DirectoryEntry below : directory.entries()) {
        removeLower(directory, below);
      }
    }
  }

  /** Goes to a directory, through symbolic links, and makes what is missing on the way. */
  private Directory resolve(List<String> path) {
    return walk(path, true, "");
  }

  /** Goes to a directory that must be there. */
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
              "more than " + MAX_SYMLINKS + " symbolic links lead there; they go in a circle");
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
            ByteString.display(name) + ", on the way there, is not a directory");
      }
    }
    return at;
  }
}
