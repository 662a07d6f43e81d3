package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileStat;
import io.boxlite.internal.host.tree.HostError;
import io.boxlite.internal.host.tree.HostTree;

/** Requests about attributes: GETATTR, SETATTR, READLINK, STATFS. */
final class Attributes {
  private static final int ATTRIBUTE_BYTES = 104; // struct fuse_attr_out
  private static final int STATFS_BYTES = 80; // struct fuse_statfs_out

  // linux/stat.h
  private static final long UTIME_NOW = (1L << 30) - 1;
  private static final long UTIME_OMIT = (1L << 30) - 2;

  private static final int MAX_NAME_BYTES = 255;
  private static final int SET_ID_BITS = 06000;

  private final VolumeFiles files;

  Attributes(VolumeFiles files) {
    this.files = files;
  }

  byte[] get(FuseRequest request) throws HostError {
    Node node = files.nodes().get(request.node());
    try (Located located = files.locate(node)) {
      return reply(request, node, located);
    }
  }

  byte[] set(FuseRequest request) throws HostError {
    files.requireWritable();
    int valid = request.int32();
    long size = request.skip(12).int64();
    long accessed = request.skip(8).int64();
    long modified = request.int64();
    int accessedNanos = request.skip(8).int32();
    int modifiedNanos = request.int32();
    int mode = request.skip(4).int32();
    int uid = request.skip(4).int32();
    int gid = request.int32();
    Node node = files.nodes().get(request.node());
    HostTree tree = files.tree();
    node.changes();
    if (has(valid, Fuse.FATTR_SIZE)) {
      if (size < 0) {
        throw new HostError(Errno.EINVAL);
      }
      try (OpenFiles.Use file = files.use(node, true)) {
        tree.data().truncate(file.fd(), size);
      }
    }
    try (Located located = files.locate(node)) {
      if (has(valid, Fuse.FATTR_UID | Fuse.FATTR_GID)) {
        Owner before = files.owners().of(located.fd(), located.stat());
        mark(
            located,
            new Owner(
                has(valid, Fuse.FATTR_UID) ? uid : before.uid(),
                has(valid, Fuse.FATTR_GID) ? gid : before.gid()));
      }
      if (has(valid, Fuse.FATTR_MODE)) {
        chmod(located, mode);
      }
      if (has(valid, Fuse.FATTR_ATIME | Fuse.FATTR_MTIME)) {
        long[] times = {
          accessed,
          has(valid, Fuse.FATTR_ATIME_NOW)
              ? UTIME_NOW
              : has(valid, Fuse.FATTR_ATIME) ? accessedNanos : UTIME_OMIT,
          modified,
          has(valid, Fuse.FATTR_MTIME_NOW)
              ? UTIME_NOW
              : has(valid, Fuse.FATTR_MTIME) ? modifiedNanos : UTIME_OMIT
        };
        tree.setTimes(located.fd(), times);
      }
      FileStat now = tree.stat(located.fd());
      return reply(request, node, new Located(tree, located.fd(), now));
    }
  }

  private static boolean has(int valid, int bits) {
    return (valid & bits) != 0;
  }

  /** Gives a file to another user of the guest. */
  void mark(Located located, Owner owner) throws HostError {
    files.permitted(
        located,
        () -> {
          files.owners().mark(located.fd(), located.stat(), owner);
          return 0;
        });
  }

  /** Sets the permissions. EPERM for bits that would mean something on the host. */
  private void chmod(Located located, int mode) throws HostError {
    if ((mode & SET_ID_BITS) != 0) {
      throw new HostError(Errno.EPERM);
    }
    if (located.stat().isLink()) {
      return;
    }
    if (!located.stat().isRegular() && !located.stat().isDirectory()) {
      throw new HostError(Errno.EPERM);
    }
    files.tree().chmod(located.fd(), mode & VolumeFiles.MODE_BITS);
  }

  private byte[] reply(FuseRequest request, Node node, Located located) {
    FuseReply reply = FuseReply.to(request.unique(), ATTRIBUTE_BYTES);
    reply.int64(files.known().tell(node)).int64(0);
    return files.attributes(reply, node, located).finish();
  }

  byte[] readLink(FuseRequest request) throws HostError {
    try (Located located = files.locate(files.nodes().get(request.node()))) {
      if (!located.stat().isLink()) {
        throw new HostError(Errno.EINVAL);
      }
      byte[] target = files.tree().readLink(located.fd());
      return FuseReply.to(request.unique(), target.length).bytes(target).finish();
    }
  }

  byte[] fileSystem(FuseRequest request) throws HostError {
    try (Located located = files.locate(files.nodes().root())) {
      long[] values = files.tree().data().fileSystem(located.fd());
      FuseReply reply = FuseReply.to(request.unique(), STATFS_BYTES);
      for (int i = 0; i < 5; i++) {
        reply.int64(values[i]);
      }
      int block = (int) values[5];
      return reply.int32(block).int32(MAX_NAME_BYTES).int32(block).zeros(28).finish();
    }
  }
}
