package io.boxlite.internal.image.erofs;

/** Types of inodes, with their codes in directories (FT_*, linux/fs_types.h) and in st_mode. */
public enum FileType {
  /** A regular file. */
  REGULAR(1, 0100000),
  /** A directory. */
  DIRECTORY(2, 0040000),
  /** A character device. */
  CHARACTER_DEVICE(3, 0020000),
  /** A block device. */
  BLOCK_DEVICE(4, 0060000),
  /** A named pipe. */
  FIFO(5, 0010000),
  /** A symbolic link. */
  SYMLINK(7, 0120000);

  final int code;
  final int mode;

  FileType(int code, int mode) {
    this.code = code;
    this.mode = mode;
  }
}
