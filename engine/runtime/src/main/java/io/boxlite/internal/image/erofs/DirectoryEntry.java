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

  /** The name as a byte string, without slashes. */
  public String name() {
    return name;
  }

  /** What it names. */
  public Inode inode() {
    return inode;
  }

  /** The last layer that has this name, or something below it. */
  public int layer() {
    return layer;
  }

  /** Notes that a layer has this name. */
  public void touch(int layer) {
    this.layer = layer;
  }
}
