package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileStat;
import io.boxlite.internal.host.tree.HostError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a guest's kernel was told and uses without asking again: which file a name refers to, that
 * there is no such file, and what the attributes of a file are. {@link #check} compares it with the
 * host, and tells the kernel to drop what others have changed.
 */
final class Known {
  /** How long the kernel may use what is checked, in seconds. */
  static final int CHECKED_SECONDS = 10;

  /** How long it may use what is not checked, since there is too much of it. */
  static final int UNCHECKED_SECONDS = 1;

  /** A check of one name takes some microseconds. */
  static final int MAX_CHECKED = 20_000;

  private static final long NEW_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A name in a directory. */
  private record Name(long directory, String name) {
    static Name of(Node directory, byte[] name) {
      return new Name(directory.id, new String(name, StandardCharsets.ISO_8859_1));
    }
  }

  /** A fact that the kernel was told. */
  private static final class Fact {
    final Node directory;
    final byte[] name;
    final @Nullable Node node; // null if there is no such file
    final long until;

    Fact(Node directory, byte[] name, @Nullable Node node, long until) {
      this.directory = directory;
      this.name = name;
      this.node = node;
      this.until = until;
    }
  }

  private final VolumeFiles files;
  private final LongSupplier nanoTime;

  // Guarded by this. In the order in which the facts end.
  private final Map<Name, Fact> facts = new LinkedHashMap<>();

  Known(VolumeFiles files) {
    this(files, System::nanoTime);
  }

  Known(VolumeFiles files, LongSupplier nanoTime) {
    this.files = files;
    this.nanoTime = nanoTime;
  }

  /**
   * The kernel is told what a name refers to.
   *
   * @param node the file; null if there is none
   * @return for how many seconds
   */
  synchronized int tell(Node directory, byte[] name, @Nullable Node node) {
    if (files.isShared()) {
      return 0;
    }
    Name key = Name.of(directory, name);
    facts.remove(key);
    dropEnded();
    if (facts.size() >= MAX_CHECKED) {
      return UNCHECKED_SECONDS;
    }
    long until = nanoTime.getAsLong() + TimeUnit.SECONDS.toNanos(CHECKED_SECONDS);
    facts.put(key, new Fact(directory, name, node, until));
    return CHECKED_SECONDS;
  }

  /** The kernel is told the attributes of a file; returns for how many seconds. */
  int tell(Node node) {
    Node parent = node.parent;
    if (parent == null) {
      return files.isShared() ? 0 : UNCHECKED_SECONDS;
    }
    return tell(parent, node.name, node);
  }

  /** Returns whether there is anything to check. */
  synchronized boolean isEmpty() {
    dropEnded();
    return facts.isEmpty();
  }

  private void dropEnded() {
    long now = nanoTime.getAsLong();
    Iterator<Fact> eldest = facts.values().iterator();
    while (eldest.hasNext() && eldest.next().until - now < 0) {
      eldest.remove();
    }
  }

  /**
   * Compares all facts with the host.
   *
   * @param changed receives a notification for each that no longer holds, which the kernel must get
   * @return how many no longer hold
   */
  int check(Consumer<byte[]> changed) {
    Map<Node, List<Fact>> byDirectory = new HashMap<>();
    synchronized (this) {
      dropEnded();
      facts
          .values()
          .forEach(
              fact ->
                  byDirectory.computeIfAbsent(fact.directory, any -> new ArrayList<>()).add(fact));
    }
    int count = 0;
    for (Map.Entry<Node, List<Fact>> each : byDirectory.entrySet()) {
      count += check(each.getKey(), each.getValue(), changed);
    }
    return count;
  }

  private int check(Node directory, List<Fact> told, Consumer<byte[]> changed) {
    int count = 0;
    try (Located located = files.locate(directory)) {
      for (Fact fact : told) {
        if (!check(located.fd(), fact, changed)) {
          count++;
        }
      }
    } catch (HostError e) {
      for (Fact fact : told) { // the directory has been moved or removed, or cannot be read
        if (isStillTold(fact)) {
          changed.accept(FuseReply.entryChanged(directory.id, fact.name));
          count++;
        }
      }
    }
    return count;
  }

  /** Checks one fact; returns whether it holds. */
  private boolean check(int directory, Fact fact, Consumer<byte[]> changed) throws HostError {
    FileStat stat = stat(directory, fact.name);
    Node node = fact.node;
    boolean same = node == null ? stat == null : stat != null && Node.Key.of(stat).equals(node.key);
    if (same && (node == null || stat == null || node.isAsTold(stat))) {
      return true;
    }
    if (!isStillTold(fact)) {
      return true; // the guest itself has changed it meanwhile
    }
    changed.accept(
        same && node != null
            ? FuseReply.inodeChanged(node.id)
            : FuseReply.entryChanged(fact.directory.id, fact.name));
    return false;
  }

  /**
   * Returns whether the kernel still has a fact that no longer holds. A new one is kept: the kernel
   * may get it only after the notification that it has changed.
   */
  private synchronized boolean isStillTold(Fact fact) {
    Name key = Name.of(fact.directory, fact.name);
    if (facts.get(key) != fact) {
      return false;
    }
    long age = TimeUnit.SECONDS.toNanos(CHECKED_SECONDS) - (fact.until - nanoTime.getAsLong());
    if (age > NEW_NANOS) {
      facts.remove(key);
    }
    return true;
  }

  private @Nullable FileStat stat(int directory, byte[] name) throws HostError {
    try {
      return files.tree().stat(directory, name);
    } catch (HostError e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  /** The guest itself changes what a name refers to, and knows that. */
  synchronized void changes(Node directory, byte[] name) {
    facts.remove(Name.of(directory, name));
  }
}
