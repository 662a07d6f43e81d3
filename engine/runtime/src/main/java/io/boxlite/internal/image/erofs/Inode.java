package io.boxlite.internal.image.erofs;

/**
 * A file that has been written to the image. Only what is needed to link to it or to free its
 * blocks is kept in memory, since an image may have millions of files.
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

  /** Returns the type of the file. */
  public FileType type() {
    return type;
  }

  /** Returns the inode number: its position in the image, in slots of 32 bytes. */
  long nid() {
    return nid;
  }

  long firstBlock() {
    return firstBlock;
  }

  /** Returns the number of data blocks that can be reused once the inode is removed. */
  int blocks() {
    return blocks;
  }
}
