package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.HostError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The files of one volume that this JVM has open. The guest's kernel does not report what its
 * programs open and close, which saves it a request each. So files are opened when they are needed,
 * and some stay open for the next request.
 *
 * <p>A file that the guest has removed stays located until its kernel has forgotten it, since a
 * program may have it open.
 */
final class OpenFiles implements AutoCloseable {
  /** The number of files that stay open. */
  static final int MAX_OPEN = 64;

  /** The number of removed files that stay located. */
  static final int MAX_REMOVED = 256;

  private final IntConsumer closer;

  // Both are guarded by this. The first is ordered by last use.
  private final Map<Node, Entry> open = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Node, Integer> removed = new HashMap<>();
  private boolean closed;

  OpenFiles(IntConsumer closer) {
    this.closer = closer;
  }

  /** Opens a file. */
  interface Opener {
    int open() throws HostError;
  }

  private static final class Entry {
    final int fd;
    final boolean writable;
    int users;
    boolean dropped; // closed by its last user

    Entry(int fd, boolean writable) {
      this.fd = fd;
      this.writable = writable;
    }
  }

  /** The use of an open file by one request. */
  final class Use implements AutoCloseable {
    private final Entry entry;

    private Use(Entry entry) {
      this.entry = entry;
    }

    int fd() {
      return entry.fd;
    }

    @Override
    public void close() {
      release(entry);
    }
  }

  /** Returns an open file, which the opener opens if need be. */
  Use use(Node node, boolean writable, Opener opener) throws HostError {
    Use found = find(node, writable);
    if (found != null) {
      return found;
    }
    return add(node, opener.open(), writable);
  }

  private synchronized @Nullable Use find(Node node, boolean writable) {
    Entry entry = open.get(node);
    if (entry == null || (writable && !entry.writable)) {
      return null;
    }
    entry.users++;
    return new Use(entry);
  }

  /** Adds an open file, which is closed later. */
  synchronized Use add(Node node, int fd, boolean writable) throws HostError {
    if (closed) {
      closer.accept(fd);
      throw new HostError(Errno.EIO);
    }
    Entry entry = new Entry(fd, writable);
    entry.users++;
    Entry before = open.put(node, entry);
    if (before != null) {
      drop(before);
    }
    Iterator<Entry> eldest = open.values().iterator();
    while (open.size() > MAX_OPEN && eldest.hasNext()) {
      Entry each = eldest.next();
      if (each.users == 0) {
        eldest.remove();
        drop(each);
      }
    }
    return new Use(entry);
  }

  /** Keeps a located file that was removed; returns whether it takes the descriptor over. */
  synchronized boolean keep(Node node, int located) {
    if (closed || removed.size() >= MAX_REMOVED || removed.containsKey(node)) {
      return false;
    }
    removed.put(node, located);
    return true;
  }

  /** Returns the descriptor of a file that was removed and is kept; null for all others. */
  synchronized @Nullable Integer kept(Node node) {
    return removed.get(node);
  }

  /** Closes what belongs to a node. */
  synchronized void forget(Node node) {
    Entry entry = open.remove(node);
    if (entry != null) {
      drop(entry);
    }
    Integer located = removed.remove(node);
    if (located != null) {
      closer.accept(located);
    }
  }

  /** Closes all files that no request uses. */
  synchronized void closeUnused() {
    Iterator<Entry> entries = open.values().iterator();
    while (entries.hasNext()) {
      Entry entry = entries.next();
      if (entry.users == 0) {
        entries.remove();
        drop(entry);
      }
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    List<Node> nodes = new ArrayList<>(open.keySet());
    nodes.addAll(removed.keySet());
    nodes.forEach(this::forget);
  }

  /** Called with the lock held. */
  private void drop(Entry entry) {
    if (entry.users == 0) {
      closer.accept(entry.fd);
    } else {
      entry.dropped = true;
    }
  }

  private synchronized void release(Entry entry) {
    entry.users--;
    if (entry.dropped && entry.users == 0) {
      closer.accept(entry.fd);
    }
  }
}
