package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileStat;
import io.boxlite.internal.host.tree.HostError;
import io.boxlite.internal.host.tree.HostTree;
import org.jspecify.annotations.Nullable;

/** Requests about names in directories: LOOKUP, and those that make, rename and remove names. */
final class Names {
  private static final int OPEN_BYTES = 16; // struct fuse_open_out
  private static final int SET_ID_BITS = 06000;

  /** The flags of renameat2(2) that a guest may use: not to replace, and to exchange. */
  private static final int RENAME_FLAGS = 1 | 2;

  private final VolumeFiles files;
  private final HostTree tree;
  private final Attributes attributes;

  Names(VolumeFiles files, Attributes attributes) {
    this.files = files;
    tree = files.tree();
    this.attributes = attributes;
  }

  byte[] lookUp(FuseRequest request) throws HostError {
    Node directory = files.nodes().get(request.node());
    byte[] name = request.name();
    try (Located located = files.locate(directory, name)) {
      return entry(request, directory, name, located, 0).finish();
    } catch (HostError e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      // An entry without a node: the guest remembers for a while that there is no such name.
      FuseReply none = FuseReply.to(request.unique(), Fuse.ENTRY_BYTES);
      none.int64(0).int64(0).int64(files.known().tell(directory, name, null));
      return none.zeros(Fuse.ENTRY_BYTES - 24).finish();
    }
  }

  byte[] makeDirectory(FuseRequest request) throws HostError {
    int mode = request.int32();
    byte[] name = request.skip(4).name();
    return made(
        request, name, mode, above -> tree.makeDirectory(above.fd(), name, 0700), FileStat.S_IFDIR);
  }

  /** Makes regular files only: anything else would be a device or FIFO of the host. */
  byte[] makeNode(FuseRequest request) throws HostError {
    int mode = request.int32();
    byte[] name = request.skip(12).name();
    int type = mode & FileStat.S_IFMT;
    if (type != 0 && type != FileStat.S_IFREG) {
      throw new HostError(Errno.EPERM);
    }
    return made(
        request,
        name,
        mode,
        above -> tree.closeFile(tree.create(above.fd(), name, 0600)),
        FileStat.S_IFREG);
  }

  byte[] makeLink(FuseRequest request) throws HostError {
    byte[] name = request.name();
    byte[] target = request.target();
    return made(
        request, name, 0, above -> tree.makeLink(target, above.fd(), name), FileStat.S_IFLNK);
  }

  byte[] hardLink(FuseRequest request) throws HostError {
    files.requireWritable();
    Node node = files.nodes().get(request.int64());
    byte[] name = request.name();
    Node directory = files.nodes().get(request.node());
    node.changes();
    changes(directory, name);
    try (Located above = files.locate(directory);
        Located located = files.locate(node)) {
      if (!located.stat().isRegular()) {
        throw new HostError(Errno.EPERM);
      }
      tree.hardLink(located.fd(), above.fd(), name);
    }
    try (Located located = files.locate(directory, name)) {
      return entry(request, directory, name, located, 0).finish();
    }
  }

  /** Makes a file and opens it, or opens one that exists. */
  byte[] create(FuseRequest request) throws HostError {
    files.requireWritable();
    int flags = request.int32();
    int mode = request.int32();
    byte[] name = request.skip(8).name();
    requireNoSetId(mode);
    Node directory = files.nodes().get(request.node());
    changes(directory, name);
    int fd = -1;
    try (Located above = files.locate(directory)) {
      fd = tree.create(above.fd(), name, 0600);
    } catch (HostError e) {
      if (e.errno() != Errno.EEXIST || (flags & Fuse.O_EXCL) != 0) {
        throw e;
      }
    }
    boolean isNew = fd >= 0;
    try (Located located = files.locate(directory, name)) {
      if (!located.stat().isRegular()) {
        throw new HostError(Errno.EEXIST);
      }
      Located shown = isNew ? owned(request, located, mode) : located;
      FuseReply reply = entry(request, directory, name, shown, OPEN_BYTES);
      Node node = files.nodes().known(shown.stat());
      if (isNew && node != null && Node.Key.of(tree.stat(fd)).equals(node.key)) {
        int taken = fd;
        fd = -1;
        files.open().add(node, taken, true).close();
      } else if ((flags & Fuse.O_TRUNC) != 0 && node != null) {
        node.changes();
        try (OpenFiles.Use file = files.use(node, true)) {
          tree.data().truncate(file.fd(), 0);
        }
      }
      int cache = files.isShared() ? Fuse.FOPEN_DIRECT_IO : Fuse.FOPEN_KEEP_CACHE;
      return reply.int64(0).int32(cache).int32(0).finish();
    } catch (HostError e) {
      if (isNew) {
        discard(directory, name, false);
      }
      throw e;
    } finally {
      if (fd >= 0) {
        tree.closeFile(fd);
      }
    }
  }

  /** Makes something in a directory. */
  private interface Maker {
    void make(Located above) throws HostError;
  }

  private byte[] made(FuseRequest request, byte[] name, int mode, Maker maker, int type)
      throws HostError {
    files.requireWritable();
    requireNoSetId(mode);
    Node directory = files.nodes().get(request.node());
    changes(directory, name);
    try (Located above = files.locate(directory)) {
      maker.make(above);
    }
    try (Located located = files.locate(directory, name)) {
      if (located.stat().type() != type) {
        throw new HostError(Errno.EEXIST); // replaced meanwhile
      }
      Located shown = located.stat().isLink() ? located : owned(request, located, mode);
      return entry(request, directory, name, shown, 0).finish();
    } catch (HostError e) {
      discard(directory, name, type == FileStat.S_IFDIR);
      throw e;
    }
  }

  private static void requireNoSetId(int mode) throws HostError {
    if ((mode & SET_ID_BITS) != 0) {
      throw new HostError(Errno.EPERM);
    }
  }

  /** Gives something new its owner and mode, and returns it as it is then. */
  private Located owned(FuseRequest request, Located located, int mode) throws HostError {
    Owner owner = new Owner(request.uid(), request.gid());
    if (files.owners().needsMark(owner)) {
      attributes.mark(located, owner);
    }
    tree.chmod(located.fd(), mode & VolumeFiles.MODE_BITS);
    return new Located(tree, located.fd(), tree.stat(located.fd()));
  }

  /** Removes what was made and cannot be used. */
  private void discard(Node directory, byte[] name, boolean isDirectory) {
    try (Located above = files.locate(directory)) {
      tree.remove(above.fd(), name, isDirectory);
    } catch (HostError e) {
      // The request fails for another reason, which the guest is told.
    }
  }

  byte[] remove(FuseRequest request, boolean isDirectory) throws HostError {
    files.requireWritable();
    byte[] name = request.name();
    Node directory = files.nodes().get(request.node());
    changes(directory, name);
    try (Located above = files.locate(directory);
        Located victim = held(directory, name)) {
      tree.remove(above.fd(), name, isDirectory);
    }
    return FuseReply.done(request.unique());
  }

  byte[] rename(FuseRequest request, boolean hasFlags) throws HostError {
    files.requireWritable();
    Node to = files.nodes().get(request.int64());
    int flags = hasFlags ? request.int32() : 0;
    byte[] name = (hasFlags ? request.skip(4) : request).name();
    byte[] newName = request.name();
    Node from = files.nodes().get(request.node());
    if ((flags & ~RENAME_FLAGS) != 0) {
      throw new HostError(Errno.EINVAL);
    }
    changes(from, name);
    changes(to, newName);
    try (Located above = files.locate(from);
        Located newAbove = files.locate(to);
        Located moved = located(from, name);
        Located replaced = flags == 0 ? held(to, newName) : located(to, newName)) {
      tree.rename(above.fd(), name, newAbove.fd(), newName, flags);
      moved(moved, to, newName);
      if (flags != 0) {
        moved(replaced, from, name);
      }
    }
    return FuseReply.done(request.unique());
  }

  private void moved(@Nullable Located located, Node to, byte[] newName) {
    Node node = located == null ? null : files.nodes().known(located.stat());
    if (node != null) {
      node.changes();
      files.nodes().moved(node, to, newName);
    }
  }

  /** The guest changes what a name refers to, and so the directory. */
  private void changes(Node directory, byte[] name) {
    directory.changes();
    files.known().changes(directory, name);
  }

  /** Locates a name, if it is there. */
  private @Nullable Located located(Node directory, byte[] name) throws HostError {
    try {
      return files.locate(directory, name);
    } catch (HostError e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Locates a file that is about to be removed, and keeps it if programs of the guest may have it
   * open.
   */
  private @Nullable Located held(Node directory, byte[] name) throws HostError {
    Located located = located(directory, name);
    if (located == null || !located.stat().isRegular() || located.stat().links() != 1) {
      return located;
    }
    Node node = files.nodes().known(located.stat());
    if (node != null) {
      node.changes();
    }
    return node != null && files.open().keep(node, located.fd()) ? null : located;
  }

  private FuseReply entry(
      FuseRequest request, Node directory, byte[] name, Located located, int more)
      throws HostError {
    FuseReply reply = FuseReply.to(request.unique(), Fuse.ENTRY_BYTES + more);
    return files.entry(reply, directory, name, located);
  }
}
