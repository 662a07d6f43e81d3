package io.boxlite.internal.image.erofs;

/** A symbolic link. Its target is kept in memory, because names are resolved through it. */
public final class Symlink extends Inode {
  private final String target;

  Symlink(long nid, long firstBlock, int blocks, String target) {
    super(FileType.SYMLINK, nid, firstBlock, blocks);
    this.target = target;
  }

  /** Returns the target as a byte string. */
  public String target() {
    return target;
  }
}
