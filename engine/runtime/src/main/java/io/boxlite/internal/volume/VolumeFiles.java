package io.boxlite.internal.volume;

import io.boxlite.VolumeMode;
import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileStat;
import io.boxlite.internal.host.tree.HostError;
import io.boxlite.internal.host.tree.HostTree;
import org.jspecify.annotations.Nullable;

/** What all requests of one volume share: its nodes, and how they are found on the host. */
final class VolumeFiles implements AutoCloseable {
  /** The bits of a mode that a guest sees and can set. The others mean nothing in a volume. */
  static final int MODE_BITS = 01777;

  /** Paths are looked up again if a name on the way was changed meanwhile. */
  private static final int ATTEMPTS = 3;

  private final HostTree tree;
  private final VolumeMode mode;
  private final Owners owners;
  private final OpenFiles open;
  private final Nodes nodes;
  private final Known known = new Known(this);
  private final Locks locks;

  VolumeFiles(HostTree tree, VolumeMode mode, Owners owners) throws HostError {
    this(tree, mode, owners, Nodes.MAX_NODES);
  }

  VolumeFiles(HostTree tree, VolumeMode mode, Owners owners, int maxNodes) throws HostError {
    this.tree = tree;
    this.mode = mode;
    this.owners = owners;
    open = new OpenFiles(tree::closeFile);
    locks = new Locks(this);
    int root = tree.locate(new byte[0]);
    try {
      nodes = new Nodes(tree.stat(root), maxNodes, open::forget);
    } finally {
      tree.closeFile(root);
    }
  }

  HostTree tree() {
    return tree;
  }

  Owners owners() {
    return owners;
  }

  Nodes nodes() {
    return nodes;
  }

  Known known() {
    return known;
  }

  OpenFiles open() {
    return open;
  }

  Locks locks() {
    return locks;
  }

  /**
   * Returns whether programs outside of the box change the files as well, and rely on locks. Then
   * the guest's kernel keeps nothing in its caches.
   */
  boolean isShared() {
    return mode == VolumeMode.SHARED;
  }

  /** Fails if nothing may be changed. */
  void requireWritable() throws HostError {
    if (mode == VolumeMode.READ_ONLY) {
      throw new HostError(Errno.EROFS);
    }
  }

  /** Locates a node. ESTALE if it is not where it was, because somebody else has changed that. */
  Located locate(Node node) throws HostError {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Located located = tryLocate(node);
      if (located != null) {
        return located;
      }
    }
    throw new HostError(Errno.ESTALE);
  }

  private @Nullable Located tryLocate(Node node) throws HostError {
    int fd;
    try {
      fd = locateFd(node);
    } catch (HostError e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return null;
      }
      throw e;
    }
    Located located = located(fd);
    boolean gone = node == nodes.root() && located.stat().links() == 0;
    if (Node.Key.of(located.stat()).equals(node.key) && !gone) {
      return located;
    }
    located.close();
    return null;
  }

  private int locateFd(Node node) throws HostError {
    synchronized (open) { // a file that is forgotten meanwhile would be closed
      Integer kept = open.kept(node);
      if (kept != null) {
        return tree.duplicate(kept);
      }
    }
    return tree.locate(nodes.path(node));
  }

  /** Locates what has a name in a directory. */
  Located locate(Node directory, byte[] name) throws HostError {
    try {
      return located(tree.locate(nodes.path(directory, name)));
    } catch (HostError e) {
      if (e.errno() == Errno.ENOENT) {
        requireThere(directory);
      }
      throw e;
    }
  }

  /** Tells a missing file from a directory that was removed by others with all that it had. */
  private void requireThere(Node directory) throws HostError {
    locate(directory).close();
  }

  private Located located(int fd) throws HostError {
    try {
      return new Located(tree, fd, tree.stat(fd));
    } catch (HostError e) {
      tree.closeFile(fd);
      throw e;
    }
  }

  /** Opens a regular file, or uses it if it is open. */
  OpenFiles.Use use(Node node, boolean writable) throws HostError {
    return open.use(node, writable, () -> open(node, writable));
  }

  private int open(Node node, boolean writable) throws HostError {
    try (Located located = locate(node)) {
      if (!located.stat().isRegular()) {
        throw new HostError(located.stat().isDirectory() ? Errno.EISDIR : Errno.EPERM);
      }
      int flags = writable ? HostTree.O_RDWR : HostTree.O_RDONLY;
      return permitted(located, () -> tree.open(located.fd(), flags));
    }
  }

  /** Opens a regular file for somebody who closes it: for reading if it cannot be written to. */
  int openApart(Node node) throws HostError {
    try (Located located = locate(node)) {
      if (!located.stat().isRegular()) {
        throw new HostError(Errno.EBADF);
      }
      try {
        return tree.open(located.fd(), HostTree.O_RDWR);
      } catch (HostError e) {
        if (e.errno() == Errno.EMFILE) {
          throw e;
        }
        return permitted(located, () -> tree.open(located.fd(), HostTree.O_RDONLY));
      }
    }
  }

  /** Opens a directory, or uses it if it is open. Its position belongs to all who use it. */
  OpenFiles.Use useDirectory(Node node) throws HostError {
    return open.use(
        node,
        false,
        () -> {
          try (Located located = locate(node)) {
            if (!located.stat().isDirectory()) {
              throw new HostError(Errno.ENOTDIR);
            }
            return tree.open(located.fd(), HostTree.O_RDONLY);
          }
        });
  }

  /** Does something to a file. */
  interface Action {
    int run() throws HostError;
  }

  /**
   * Does something to a file of this JVM's user that its mode may forbid. The guest's kernel has
   * checked permissions already, when a program opened the file: the mode may have changed since,
   * or the program may be root.
   */
  int permitted(Located located, Action action) throws HostError {
    try {
      return action.run();
    } catch (HostError e) {
      if (e.errno() != Errno.EACCES
          || mode == VolumeMode.READ_ONLY
          || !owners.isOwn(located.stat())) {
        throw e;
      }
    }
    int mode = located.stat().permissions();
    tree.chmod(located.fd(), mode | 0600);
    try {
      return action.run();
    } finally {
      tree.chmod(located.fd(), mode);
    }
  }

  /** Returns the mode as a guest sees it. */
  static int mode(FileStat stat) {
    return stat.type() | (stat.permissions() & MODE_BITS);
  }

  /** Adds struct fuse_entry_out of what was found under a name, which the kernel is told. */
  FuseReply entry(FuseReply reply, Node directory, byte[] name, Located located) throws HostError {
    Node node = nodes.found(directory, name, located.stat());
    int seconds = known.tell(directory, name, node);
    reply.int64(node.id).int64(0).int64(seconds).int64(seconds).int32(0).int32(0);
    return attributes(reply, node, located);
  }

  /** Adds struct fuse_attr, which the kernel is told. */
  FuseReply attributes(FuseReply reply, Node node, Located located) {
    FileStat stat = located.stat();
    node.tell(stat);
    return reply.attributes(stat, owners.of(located.fd(), stat), mode(stat));
  }

  @Override
  public void close() {
    locks.close();
    open.close();
  }
}
