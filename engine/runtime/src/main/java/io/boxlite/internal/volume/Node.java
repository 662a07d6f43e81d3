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

  /** Of a directory: its files in the order in which they were listed; see {@link Neighbours}. */
  volatile @Nullable FilesInOrder inOrder;

  /** The attributes that the kernel was told; null if it knows that they have changed. */
  private volatile @Nullable FileStat told;

  Node(long id, Key key, @Nullable Node parent, byte[] name) {
    this.id = id;
    this.key = key;
    this.parent = parent;
    this.name = name;
  }

  /** The kernel is told these attributes. */
  void tell(FileStat stat) {
    told = stat;
  }

  /** The guest itself changes the file, so its kernel asks for the attributes again. */
  void changes() {
    told = null;
  }

  /** Returns whether the file is as the kernel was told, as far as it uses that. */
  boolean isAsTold(FileStat now) {
    FileStat before = told;
    return before == null
        || (before.changed().equals(now.changed())
            && before.modified().equals(now.modified())
            && before.size() == now.size());
  }

  /** Returns the size that the kernel was told; -1 if it knows none. */
  long toldSize() {
    FileStat before = told;
    return before == null || !before.isRegular() ? -1 : before.size();
  }
}
