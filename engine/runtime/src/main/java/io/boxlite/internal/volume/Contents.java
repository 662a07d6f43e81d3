package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileData;
import io.boxlite.internal.host.tree.HostError;

/** Requests about the content of files: READ, WRITE, FSYNC, FALLOCATE, LSEEK, COPY_FILE_RANGE. */
final class Contents {
  // lseek(2)
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private final VolumeFiles files;
  private final FileData data;
  private final int maxBytes;

  /**
   * Creates the server of these requests.
   *
   * @param maxBytes the longest data of one request
   */
  Contents(VolumeFiles files, int maxBytes) {
    this.files = files;
    data = files.tree().data();
    this.maxBytes = maxBytes;
  }

  byte[] read(FuseRequest request) throws HostError {
    long offset = offset(request.skip(8));
    int size = request.int32();
    if (size < 0 || size > maxBytes) {
      throw new HostError(Errno.EINVAL);
    }
    Node node = files.nodes().get(request.node());
    try (OpenFiles.Use file = files.use(node, false)) {
      FuseReply reply = FuseReply.to(request.unique(), size);
      int count = data.read(file.fd(), offset, reply.array(), reply.position(), size);
      return reply.position(reply.position() + count).finish();
    }
  }

  byte[] write(FuseRequest request) throws HostError {
    files.requireWritable();
    long offset = offset(request.skip(8));
    int size = request.int32();
    int flags = request.skip(12).int32();
    int start = request.skip(4).data(size);
    Node node = files.nodes().get(request.node());
    node.changes();
    try (OpenFiles.Use file = files.use(node, true)) {
      boolean append = (flags & Fuse.O_APPEND) != 0;
      int count = data.write(file.fd(), offset, request.bytes(), start, size, append);
      return FuseReply.to(request.unique(), 8).int32(count).int32(0).finish();
    }
  }

  byte[] sync(FuseRequest request, boolean isDirectory) throws HostError {
    boolean dataOnly = (request.skip(8).int32() & Fuse.FSYNC_FDATASYNC) != 0;
    Node node = files.nodes().get(request.node());
    try (OpenFiles.Use file = isDirectory ? files.useDirectory(node) : files.use(node, false)) {
      data.sync(file.fd(), dataOnly);
      return FuseReply.done(request.unique());
    }
  }

  byte[] allocate(FuseRequest request) throws HostError {
    files.requireWritable();
    long offset = offset(request.skip(8));
    long length = offset(request);
    int mode = request.int32();
    Node node = files.nodes().get(request.node());
    node.changes();
    try (OpenFiles.Use file = files.use(node, true)) {
      data.allocate(file.fd(), mode, offset, length);
      return FuseReply.done(request.unique());
    }
  }

  byte[] seek(FuseRequest request) throws HostError {
    long offset = offset(request.skip(8));
    int whence = request.int32();
    if (whence != SEEK_DATA && whence != SEEK_HOLE) {
      throw new HostError(Errno.EINVAL);
    }
    try (OpenFiles.Use file = files.use(files.nodes().get(request.node()), false)) {
      long found = data.seek(file.fd(), offset, whence);
      return FuseReply.to(request.unique(), 8).int64(found).finish();
    }
  }

  byte[] copyRange(FuseRequest request) throws HostError {
    files.requireWritable();
    long from = offset(request.skip(8));
    Node target = files.nodes().get(request.int64());
    long to = offset(request.skip(8));
    long length = Math.min(offset(request), Integer.MAX_VALUE);
    Node source = files.nodes().get(request.node());
    target.changes();
    try (OpenFiles.Use in = files.use(source, false);
        OpenFiles.Use out = files.use(target, true)) {
      long copied = data.copyRange(in.fd(), from, out.fd(), to, length);
      return FuseReply.to(request.unique(), 8).int32((int) copied).int32(0).finish();
    }
  }

  private static long offset(FuseRequest request) throws HostError {
    long offset = request.int64();
    if (offset < 0) {
      throw new HostError(Errno.EINVAL);
    }
    return offset;
  }
}
