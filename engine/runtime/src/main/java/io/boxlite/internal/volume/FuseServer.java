package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.HostError;
import org.jspecify.annotations.Nullable;

/**
 * Replies to the requests of a guest's kernel about one volume. Any number of threads may do so at
 * once.
 *
 * <p>Files are not opened and closed by the guest: OPEN is not implemented, so that its kernel
 * leaves it out. Only in a shared volume it is, since the kernel reports the end of a lock when a
 * file is closed.
 */
final class FuseServer implements AutoCloseable {
  /** The longest data of one READ or WRITE: a compromise between throughput and fairness. */
  static final int MAX_TRANSFER_BYTES = 512 << 10;

  private static final int PAGE_BYTES = 4096;
  private static final int MAX_READ_AHEAD_BYTES = 1 << 20;
  private static final int MAX_BACKGROUND = 16;
  private static final int INIT_BYTES = 64; // struct fuse_init_out

  private static final int FLAGS =
      Fuse.ASYNC_READ
          | Fuse.BIG_WRITES
          | Fuse.AUTO_INVAL_DATA
          | Fuse.DO_READDIRPLUS
          | Fuse.NO_OPEN_SUPPORT
          | Fuse.PARALLEL_DIROPS
          | Fuse.HANDLE_KILLPRIV
          | Fuse.HANDLE_KILLPRIV_V2
          | Fuse.MAX_PAGES
          | Fuse.CACHE_SYMLINKS;

  /** Without these, files would be read and written in ways that are not implemented. */
  private static final int REQUIRED_FLAGS = Fuse.NO_OPEN_SUPPORT | Fuse.MAX_PAGES;

  /** As above, for a shared volume, whose kernel asks for attributes when it needs them. */
  private static final int SHARED_FLAGS =
      (FLAGS & ~(Fuse.NO_OPEN_SUPPORT | Fuse.DO_READDIRPLUS)) | Fuse.POSIX_LOCKS | Fuse.FLOCK_LOCKS;

  private static final int SHARED_REQUIRED_FLAGS =
      Fuse.POSIX_LOCKS | Fuse.FLOCK_LOCKS | Fuse.MAX_PAGES;

  private final VolumeFiles files;
  private final Attributes attributes;
  private final Names names;
  private final Contents contents;
  private final Listings listings;

  FuseServer(VolumeFiles files) {
    this.files = files;
    attributes = new Attributes(files);
    names = new Names(files, attributes);
    contents = new Contents(files, MAX_TRANSFER_BYTES);
    listings = new Listings(files);
  }

  /** Serves a request. Returns the reply; null if the request has none. */
  byte @Nullable [] serve(FuseRequest request) {
    try {
      try {
        return result(request);
      } catch (HostError e) {
        if (e.errno() != Errno.EMFILE) {
          throw e;
        }
        files.open().closeUnused(); // this JVM has reached its limit of open files
        return result(request.again());
      }
    } catch (HostError e) {
      boolean silent = request.opcode() == Fuse.FORGET || request.opcode() == Fuse.BATCH_FORGET;
      // The limit is not that of the program in the guest.
      int errno = e.errno() == Errno.EMFILE ? Errno.ENFILE : e.errno();
      return silent ? null : FuseReply.error(request.unique(), errno);
    }
  }

  private byte @Nullable [] result(FuseRequest request) throws HostError {
    return switch (request.opcode()) {
      case Fuse.INIT -> init(request);
      case Fuse.LOOKUP -> names.lookUp(request);
      case Fuse.FORGET -> forget(request);
      case Fuse.BATCH_FORGET -> forgetMany(request);
      case Fuse.GETATTR -> attributes.get(request);
      case Fuse.SETATTR -> attributes.set(request);
      case Fuse.READLINK -> attributes.readLink(request);
      case Fuse.STATFS -> attributes.fileSystem(request);
      case Fuse.MKNOD -> names.makeNode(request);
      case Fuse.MKDIR -> names.makeDirectory(request);
      case Fuse.SYMLINK -> names.makeLink(request);
      case Fuse.LINK -> names.hardLink(request);
      case Fuse.CREATE -> names.create(request);
      case Fuse.UNLINK -> names.remove(request, false);
      case Fuse.RMDIR -> names.remove(request, true);
      case Fuse.RENAME -> names.rename(request, false);
      case Fuse.RENAME2 -> names.rename(request, true);
      case Fuse.READ -> contents.read(request);
      case Fuse.WRITE -> contents.write(request);
      case Fuse.FSYNC -> contents.sync(request, false);
      case Fuse.FSYNCDIR -> contents.sync(request, true);
      case Fuse.FALLOCATE -> contents.allocate(request);
      case Fuse.LSEEK -> contents.seek(request);
      case Fuse.COPY_FILE_RANGE -> contents.copyRange(request);
      case Fuse.READDIR -> listings.list(request, false);
      case Fuse.READDIRPLUS -> listings.list(request, true);
      case Fuse.OPENDIR -> FuseReply.to(request.unique(), 16).zeros(16).finish();
      case Fuse.RELEASEDIR, Fuse.DESTROY -> FuseReply.done(request.unique());
      default -> files.isShared() ? ofShared(request) : ofOther(request);
    };
  }

  private byte[] ofShared(FuseRequest request) throws HostError {
    Locks locks = files.locks();
    return switch (request.opcode()) {
      case Fuse.OPEN -> locks.open(request);
      case Fuse.FLUSH -> locks.flush(request);
      case Fuse.RELEASE -> locks.release(request);
      case Fuse.GETLK -> locks.get(request);
      case Fuse.SETLK, Fuse.SETLKW -> locks.set(request);
      default -> throw new HostError(Errno.ENOSYS);
    };
  }

  private static byte[] ofOther(FuseRequest request) throws HostError {
    if (request.opcode() == Fuse.RELEASE) {
      return FuseReply.done(request.unique());
    }
    throw new HostError(Errno.ENOSYS);
  }

  private byte[] init(FuseRequest request) throws HostError {
    int major = request.int32();
    int minor = request.int32();
    int readAhead = request.int32();
    int offered = request.int32();
    if (major > Fuse.MAJOR) { // the kernel asks again with this version
      FuseReply reply = FuseReply.to(request.unique(), INIT_BYTES);
      return reply.int32(Fuse.MAJOR).int32(Fuse.MINOR).zeros(INIT_BYTES - 8).finish();
    }
    boolean enough = major == Fuse.MAJOR && minor >= Fuse.LEAST_MINOR;
    int required = files.isShared() ? SHARED_REQUIRED_FLAGS : REQUIRED_FLAGS;
    int flags = files.isShared() ? SHARED_FLAGS : FLAGS;
    if (!enough || (offered & required) != required) {
      throw new HostError(Errno.EPROTO);
    }
    FuseReply reply = FuseReply.to(request.unique(), INIT_BYTES);
    reply.int32(Fuse.MAJOR).int32(Fuse.MINOR);
    reply.int32(Math.max(readAhead, MAX_READ_AHEAD_BYTES)).int32(offered & flags);
    reply.int16(MAX_BACKGROUND).int16(MAX_BACKGROUND * 3 / 4);
    reply.int32(MAX_TRANSFER_BYTES).int32(1); // times in nanoseconds
    return reply.int16(MAX_TRANSFER_BYTES / PAGE_BYTES).int16(0).zeros(32).finish();
  }

  private byte @Nullable [] forget(FuseRequest request) throws HostError {
    files.nodes().forget(request.node(), request.int64());
    return null;
  }

  private byte @Nullable [] forgetMany(FuseRequest request) throws HostError {
    int count = request.int32();
    request.skip(4);
    for (int i = 0; i < count; i++) {
      files.nodes().forget(request.int64(), request.int64());
    }
    return null;
  }

  /**
   * Undoes what the guest's kernel would have learned from a reply that it does not get: a node of
   * which it then does not know that it has to forget it, or a lock.
   */
  void withdraw(FuseRequest request, byte[] reply) {
    if (request.opcode() == Fuse.SETLKW && FuseReply.errnoIn(reply) == 0) {
      files.locks().withdraw(request.again());
    }
    boolean hasEntry =
        switch (request.opcode()) {
          case Fuse.LOOKUP, Fuse.MKNOD, Fuse.MKDIR, Fuse.SYMLINK, Fuse.LINK, Fuse.CREATE -> true;
          default -> false;
        };
    if (hasEntry && reply.length > Fuse.OUT_HEADER_BYTES) {
      files.nodes().forget(FuseReply.nodeIn(reply), 1);
    }
  }

  /** Closes files that are open only because they may be needed again. */
  void rest() {
    files.open().closeUnused();
  }

  @Override
  public void close() {
    files.close();
  }
}
