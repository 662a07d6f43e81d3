package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.FileStat;
import io.boxlite.internal.host.tree.HostError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of one volume: a tree of names, of which each path from the root is known. A node stays
 * until the guest's kernel has forgotten it and all nodes below it.
 */
final class Nodes {
  /** The memory of this JVM that a guest can take is bounded. A node takes some 300 bytes. */
  static final int MAX_NODES = 200_000;

  /** The longest path below the root, so that the path on the host is within PATH_MAX. */
  static final int MAX_PATH_BYTES = 3072;

  private final Map<Long, Node> byId = new LinkedHashMap<>();
  private final Map<Node.Key, Node> byKey = new HashMap<>();
  private final Node root;
  private final int most;
  private final Consumer<Node> removed;
  private long nextId = Fuse.ROOT_ID + 1;

  /**
   * Creates a table with the root only.
   *
   * @param most the maximum number of nodes
   * @param removed is told of each node that was forgotten
   */
  Nodes(FileStat rootStat, int most, Consumer<Node> removed) {
    this.most = most;
    this.removed = removed;
    root = new Node(Fuse.ROOT_ID, Node.Key.of(rootStat), null, new byte[0]);
    root.lookups = 1; // never forgotten
    byId.put(root.id, root);
    byKey.put(root.key, root);
  }

  Node root() {
    return root;
  }

  synchronized int size() {
    return byId.size();
  }

  /** Returns the node with a number that the guest has sent. */
  synchronized Node get(long id) throws HostError {
    Node node = byId.get(id);
    if (node == null) {
      throw new HostError(Errno.ESTALE);
    }
    return node;
  }

  /** Returns the node of an inode that was found under a name, which the kernel is told of now. */
  synchronized Node found(Node parent, byte[] name, FileStat stat) throws HostError {
    Node.Key key = Node.Key.of(stat);
    Node node = byKey.get(key);
    if (node == null) {
      if (byId.size() >= most) {
        throw new HostError(Errno.ENFILE);
      }
      node = new Node(nextId++, key, parent, name);
      parent.children++;
      byId.put(node.id, node);
      byKey.put(key, node);
    } else {
      moved(node, parent, name);
    }
    node.lookups++;
    return node;
  }

  /** Returns the node of an inode, if the guest knows it. */
  synchronized @Nullable Node known(FileStat stat) {
    return byKey.get(Node.Key.of(stat));
  }

  /** Records that a node has another name now. */
  synchronized void moved(Node node, Node parent, byte[] name) {
    Node before = node.parent;
    // A directory that is mounted below itself keeps its first place: the others would be a cycle.
    if (before == null || (before != parent && isAbove(node, parent))) {
      return;
    }
    node.name = name;
    if (before != parent) {
      node.parent = parent;
      parent.children++;
      before.children--;
      collect(before);
    }
  }

  private static boolean isAbove(Node node, Node other) {
    for (Node each = other; each != null; each = each.parent) {
      if (each == node) {
        return true;
      }
    }
    return false;
  }

  /** Records that the kernel has forgotten some of what it was told. */
  synchronized void forget(long id, long count) {
    Node node = byId.get(id);
    if (node == null || node == root || count < 0) {
      return;
    }
    node.lookups = Math.max(0, node.lookups - count);
    collect(node);
  }

  /** Removes a node that nothing needs any more, and then those above it. */
  private void collect(Node node) {
    for (Node each = node; each != null && each.lookups == 0 && each.children == 0; ) {
      if (byId.remove(each.id) == null) {
        return;
      }
      byKey.remove(each.key, each);
      removed.accept(each);
      Node above = each.parent;
      if (above != null) {
        above.children--;
      }
      each = above;
    }
  }

  /** Returns whether there are so many nodes that the kernel should forget some. */
  synchronized boolean isCrowded() {
    return byId.size() > most / 4 * 3;
  }

  /**
   * Returns notifications that make the kernel forget nodes that were found long ago, unless
   * programs use them.
   *
   * @param count how many nodes at most
   */
  synchronized List<byte[]> forgetEldest(int count) {
    List<Node> eldest = new ArrayList<>();
    List<byte[]> notifications = new ArrayList<>();
    int seen = 0;
    for (Node node : byId.values()) {
      if (notifications.size() == count || ++seen > 2 * count) {
        break;
      }
      Node parent = node.parent;
      if (parent != null && node.children == 0) {
        notifications.add(FuseReply.entryChanged(parent.id, node.name));
      }
      eldest.add(node);
    }
    for (Node node : eldest) { // those that are used come last next time
      byId.remove(node.id);
      byId.put(node.id, node);
    }
    return notifications;
  }

  /** Returns the path of a node below the root; empty for the root. */
  synchronized byte[] path(Node node) throws HostError {
    int length = 0;
    for (Node each = node; each.parent != null; each = each.parent) {
      length += each.name.length + 1;
      if (length > MAX_PATH_BYTES) {
        throw new HostError(Errno.ENAMETOOLONG);
      }
    }
    byte[] path = new byte[Math.max(0, length - 1)];
    int end = path.length;
    for (Node each = node; each.parent != null; each = each.parent) {
      end -= each.name.length;
      System.arraycopy(each.name, 0, path, end, each.name.length);
      if (end > 0) {
        path[--end] = '/';
      }
    }
    return path;
  }

  /** Returns the path of a name in a directory. */
  byte[] path(Node directory, byte[] name) throws HostError {
    byte[] above = path(directory);
    if (above.length == 0) {
      return name;
    }
    if (above.length + 1 + name.length > MAX_PATH_BYTES) {
      throw new HostError(Errno.ENAMETOOLONG);
    }
    byte[] path = Arrays.copyOf(above, above.length + 1 + name.length);
    path[above.length] = '/';
    System.arraycopy(name, 0, path, above.length + 1, name.length);
    return path;
  }
}
