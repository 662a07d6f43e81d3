package io.boxlite.internal.image.erofs;

/**
 * A file that is in the image already. Only what is needed to link to it or to give its blocks back
 * is kept in memory, since an image may have millions.
 */
public class Inode {
  private final FileType type;
  private final long nid;
  private final long firstBlock;
  private final int blocks;
  int links = 1;

  Inode(FileType type, long nid, long firstBlock, int blocks) {
    this.type = type;
    this.nid = nid;
    this.firstBlock = firstBlock;
    this.blocks = blocks;
  }

  /** What kind of file this is. */
  public FileType type() {
    return type;
  }

  /** The inode's number: its place in the image, in slots of 32 bytes. */
  long nid() {
    return nid;
  }

  long firstBlock() {
    return firstBlock;
  }

  /** Data blocks that can be used anew once the inode is gone. */
  int blocks() {
    return blocks;
  }
}
