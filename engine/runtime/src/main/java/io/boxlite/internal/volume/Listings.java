package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.DirectoryEntries;
import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.HostError;

/** Requests that list directories: READDIR, and READDIRPLUS, which looks each name up as well. */
final class Listings {
  private static final int MAX_BYTES = 64 << 10;

  /** The kernel of the host fails if not even one entry fits. */
  private static final int LEAST_HOST_BYTES = 1 << 10;

  private final VolumeFiles files;

  Listings(VolumeFiles files) {
    this.files = files;
  }

  byte[] list(FuseRequest request, boolean lookUp) throws HostError {
    long cookie = request.skip(8).int64();
    int size = request.int32();
    if (size < 0 || size > MAX_BYTES) {
      throw new HostError(Errno.EINVAL);
    }
    Node directory = files.nodes().get(request.node());
    if (lookUp && cookie == 0) {
      Neighbours.startListing(directory);
    }
    FuseReply reply = FuseReply.to(request.unique(), size);
    DirectoryEntries entries = entries(directory, cookie, size);
    boolean room = true;
    while (room && entries.next()) {
      room = lookUp ? addWithNode(reply, directory, entries) : add(reply, entries);
    }
    return reply.finish();
  }

  private DirectoryEntries entries(Node directory, long cookie, int size) throws HostError {
    try (OpenFiles.Use opened = files.useDirectory(directory)) {
      // The entries of the host are smaller than those of the reply; the rest is read again.
      int bytes = Math.max(LEAST_HOST_BYTES, size);
      synchronized (directory) { // the position is that of the descriptor
        return files.tree().list(opened.fd(), cookie, bytes);
      }
    }
  }

  /** Adds struct fuse_dirent, if it fits. */
  private static boolean add(FuseReply reply, DirectoryEntries entries) {
    byte[] name = entries.name();
    int padded = padded(name);
    if (reply.room() < Fuse.DIRENT_BYTES + padded) {
      return false;
    }
    reply.int64(entries.inode()).int64(entries.cookie());
    reply.int32(name.length).int32(entries.type()).bytes(name).zeros(padded - name.length);
    return true;
  }

  /** Adds struct fuse_direntplus, if it fits. */
  private boolean addWithNode(FuseReply reply, Node directory, DirectoryEntries entries) {
    byte[] name = entries.name();
    if (reply.room() < Fuse.ENTRY_BYTES + Fuse.DIRENT_BYTES + padded(name)) {
      return false;
    }
    int start = reply.position();
    if (isDots(name)) {
      reply.zeros(Fuse.ENTRY_BYTES);
    } else {
      try (Located located = files.locate(directory, name)) {
        files.entry(reply, directory, name, located);
        Node node = files.nodes().known(located.stat());
        if (node != null) {
          Neighbours.listed(directory, node);
        }
      } catch (HostError e) {
        // Without a node; the guest looks the name up if it needs it, and gets the error.
        reply.position(start).zeros(Fuse.ENTRY_BYTES);
      }
    }
    return add(reply, entries);
  }

  private static int padded(byte[] name) {
    return (name.length + 7) & ~7;
  }

  private static boolean isDots(byte[] name) {
    return name.length <= 2 && name[0] == '.' && name[name.length - 1] == '.';
  }
}
