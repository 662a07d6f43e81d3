package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.FileStat;
import io.boxlite.internal.host.tree.HostTree;

/**
 * Something that was located on the host and is held by a descriptor, without being opened.
 *
 * @param fd the descriptor, closed with this
 */
record Located(HostTree tree, int fd, FileStat stat) implements AutoCloseable {
  @Override
  public void close() {
    tree.closeFile(fd);
  }
}
