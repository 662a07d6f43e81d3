package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileLocks;
import io.boxlite.internal.host.tree.FileLocks.Range;
import io.boxlite.internal.host.tree.HostError;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests about locks on files of a shared volume: OPEN, FLUSH, RELEASE, GETLK, SETLK, SETLKW.
 *
 * <p>They are locks of this machine's kernel, so they hold among the boxes of all JVMs, and end
 * with this JVM. A lock of the guest belongs to a process or to an open file of the guest; each of
 * these holders has a file of its own open here, since the kernel's locks belong to open files.
 */
final class Locks implements AutoCloseable {
  /** The number of holders; each is an open file of this JVM. */
  static final int MAX_HOLDERS = 256;

  private final VolumeFiles files;
  private final FileLocks locks;

  // Guarded by this.
  private final Map<Holder, Held> held = new HashMap<>();
  private boolean closed;

  /**
   * Who may hold locks on a file.
   *
   * @param owner the kernel's number for a process or, for flock(2), for an open file
   */
  private record Holder(Node node, long owner, boolean whole) {}

  /** The open file of a holder. */
  private static final class Held {
    final int fd;
    int users;
    boolean locked; // has had a lock
    boolean dropped; // closed by its last user

    Held(int fd) {
      this.fd = fd;
    }
  }

  /** Arguments of a request: struct fuse_lk_in. */
  private record Arguments(Holder holder, Range range) {}

  Locks(VolumeFiles files) {
    this.files = files;
    locks = files.tree().locks();
  }

  /** The guest opens a file, which only decides how it is read and written. */
  byte[] open(FuseRequest request) throws HostError {
    files.nodes().get(request.node());
    return FuseReply.to(request.unique(), 16)
        .int64(0)
        .int32(Fuse.FOPEN_DIRECT_IO)
        .int32(0)
        .finish();
  }

  /** A process closes a file, and so loses all its locks on it. */
  byte[] flush(FuseRequest request) throws HostError {
    drop(new Holder(files.nodes().get(request.node()), request.skip(16).int64(), false));
    return FuseReply.done(request.unique());
  }

  /** An open file is no longer used by any process. */
  byte[] release(FuseRequest request) throws HostError {
    int flags = request.skip(12).int32();
    if ((flags & Fuse.RELEASE_FLOCK_UNLOCK) != 0) {
      drop(new Holder(files.nodes().get(request.node()), request.int64(), true));
    }
    return FuseReply.done(request.unique());
  }

  byte[] get(FuseRequest request) throws HostError {
    Arguments asked = arguments(request);
    Held file = use(asked.holder, true);
    try {
      Range conflict = file == null ? null : locks.conflict(file.fd, asked.range);
      Range shown = conflict == null ? unlocked(asked.range) : conflict;
      FuseReply reply = FuseReply.to(request.unique(), 24).int64(shown.start()).int64(shown.last());
      return reply.int32(shown.type()).int32(0).finish();
    } finally {
      unuse(asked.holder, file);
    }
  }

  /** Locks or unlocks. EAGAIN if somebody else has a lock that conflicts. */
  byte[] set(FuseRequest request) throws HostError {
    Arguments asked = arguments(request);
    set(asked.holder, asked.range);
    return FuseReply.done(request.unique());
  }

  /** Unlocks what a request has locked whose program does not get the reply. */
  void withdraw(FuseRequest request) {
    try {
      Arguments asked = arguments(request);
      set(asked.holder, unlocked(asked.range));
    } catch (HostError e) {
      // It ends with the process.
    }
  }

  private void set(Holder holder, Range range) throws HostError {
    boolean unlocks = range.type() == FileLocks.F_UNLCK;
    Held file = use(holder, !unlocks);
    if (file == null) {
      return; // nothing to unlock
    }
    try {
      if (holder.whole) {
        locks.setWhole(file.fd, range.type());
      } else {
        locks.set(file.fd, range);
      }
      boolean all = holder.whole || (range.start() == 0 && range.last() == Long.MAX_VALUE);
      synchronized (this) {
        file.locked = !(unlocks && all);
      }
    } finally {
      unuse(holder, file);
    }
  }

  private static Range unlocked(Range range) {
    return new Range(FileLocks.F_UNLCK, range.start(), range.last());
  }

  private Arguments arguments(FuseRequest request) throws HostError {
    long owner = request.skip(8).int64();
    long start = request.int64();
    long last = request.int64();
    int type = request.int32();
    boolean whole = (request.skip(4).int32() & Fuse.LK_FLOCK) != 0;
    Node node = files.nodes().get(request.node());
    return new Arguments(new Holder(node, owner, whole), new Range(type, start, last));
  }

  /** Returns the file of a holder, which is opened if need be; else null. */
  private @Nullable Held use(Holder holder, boolean opens) throws HostError {
    Held found = find(holder);
    if (found != null || !opens) {
      return found;
    }
    return add(holder, files.openApart(holder.node)); // outside of the lock: it may take long
  }

  private synchronized @Nullable Held find(Holder holder) {
    Held found = held.get(holder);
    if (found != null) {
      found.users++;
    }
    return found;
  }

  private synchronized Held add(Holder holder, int fd) throws HostError {
    if (closed || held.size() >= MAX_HOLDERS) {
      files.tree().closeFile(fd);
      throw new HostError(closed ? Errno.EIO : Errno.ENOLCK);
    }
    Held before = held.get(holder);
    if (before != null) { // another thread of the same process was faster
      files.tree().closeFile(fd);
      before.users++;
      return before;
    }
    Held file = new Held(fd);
    file.users++;
    held.put(holder, file);
    return file;
  }

  private synchronized void unuse(Holder holder, @Nullable Held file) {
    if (file == null) {
      return;
    }
    file.users--;
    if (file.users > 0) {
      return;
    }
    if (file.dropped) {
      files.tree().closeFile(file.fd);
    } else if (!file.locked) {
      held.remove(holder);
      files.tree().closeFile(file.fd);
    }
  }

  private synchronized void drop(Holder holder) {
    Held file = held.remove(holder);
    if (file == null) {
      return;
    }
    file.dropped = true;
    if (file.users == 0) {
      files.tree().closeFile(file.fd);
    }
  }

  /** Returns how many files are open because they are locked. */
  synchronized int size() {
    return held.size();
  }

  /** Unlocks everything. */
  @Override
  public synchronized void close() {
    closed = true;
    Map.copyOf(held).keySet().forEach(this::drop);
  }
}
