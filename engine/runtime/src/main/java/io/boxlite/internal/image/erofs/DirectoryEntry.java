package io.boxlite.internal.image.erofs;

/** A name in a directory. */
public final class DirectoryEntry {
  private final String name;
  private final Inode inode;
  private int layer;

  DirectoryEntry(String name, Inode inode, int layer) {
    this.name = name;
    this.inode = inode;
    this.layer = layer;
  }

  /** Returns the name as a byte string, without slashes. */
  public String name() {
    return name;
  }

  /** Returns the inode that it names. */
  public Inode inode() {
    return inode;
  }

  /** Returns the last layer with this name or with something below it. */
  public int layer() {
    return layer;
  }

  /** Records that a layer has this name. */
  public void touch(int layer) {
    this.layer = layer;
  }
}
