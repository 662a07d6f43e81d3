package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.FileStat;
import org.jspecify.annotations.Nullable;

/**
 * A file or directory that a guest's kernel knows, by a number. It stands for one inode of the
 * host: a file that replaces it under its name is another node. Guarded by its {@link Nodes}.
 */
final class Node {
  /**
   * What identifies an inode. An inode number that is used again has another birth time.
   *
   * @param device the device number of its file system
   */
  record Key(long device, long inode, long birthNanos) {
    static Key of(FileStat stat) {
      return new Key(stat.device(), stat.inode(), stat.birthNanos());
    }
  }

  final long id;
  final Key key;
  @Nullable Node parent; // null for the root only
  byte[] name;
  long lookups; // how often the kernel was told of it, less what it has forgotten
  int children; // nodes whose parent this is

  Node(long id, Key key, @Nullable Node parent, byte[] name) {
    this.id = id;
    this.key = key;
    this.parent = parent;
    this.name = name;
  }
}
