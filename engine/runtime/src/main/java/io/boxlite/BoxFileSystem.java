package io.boxlite;

import java.nio.file.Path;

/**
 * The files of a box; obtained from {@link LiteBox#files()}.
 *
 * <p>Paths in the box are absolute and are resolved inside the box. All methods are safe to call
 * from any thread. Each of them throws
 *
 * <ul>
 *   <li>{@link IllegalArgumentException} if a path in the box is not absolute,
 *   <li>{@link IllegalStateException} if the box is stopped or closed,
 *   <li>{@link BoxLostException} if the box is lost, or gets lost meanwhile,
 *   <li>{@link BoxliteException} if the files cannot be read or written, or if the thread is
 *       interrupted; its interrupt status is then set.
 * </ul>
 */
public interface BoxFileSystem {
  /** The size of the largest file that {@link #read} accepts, in bytes: 64 MiB. */
  int MAX_READ_BYTES = 64 << 20;

  /**
   * Copies a file, or a directory and everything below it, into the box.
   *
   * <p>Modes are kept, and symbolic links stay links; everything is owned by root. The source
   * itself may be a link, which is followed. A directory that exists in the box keeps its mode and
   * is added to; files in it are replaced. Sockets, pipes and devices are skipped. If the copy
   * fails, the part that was copied remains.
   *
   * @param source a file or directory of this machine
   * @param target an absolute path in the box: the path that the source gets, or, if it ends with
   *     {@code /}, the directory to copy it into. Missing parent directories are created
   * @throws BoxliteException if the source cannot be read, the box has no room for it, or something
   *     of another type is in its place
   */
  default void copyIn(Path source, String target) {
    copyIn(source, target, FileAttributes.unchanged());
  }

  /**
   * Copies a file, or a directory and everything below it, into the box, as {@link #copyIn(Path,
   * String)} does, and sets the owner and modes of what is copied. Parent directories that are
   * created get that owner, too.
   *
   * @param attributes owner and modes; a mode that is not set is the source's
   * @throws BoxliteException also if the box does not know the owner
   */
  void copyIn(Path source, String target, FileAttributes attributes);

  /**
   * Copies a file, or a directory and everything below it, out of the box.
   *
   * <p>Permissions are kept. Symbolic links stay links, wherever they point, and are not followed,
   * so nothing is written outside the target. The source itself may be a link, which is followed
   * inside the box. A directory that exists is added to. Sockets, pipes and devices are skipped,
   * and so is anything mounted below the source, such as {@code /proc}. A source larger than the
   * box's disk, memory and image together is refused; a sparse file counts with its full length. If
   * the copy fails, the part that was copied remains.
   *
   * @param source an absolute path in the box
   * @param target the path that the source gets on this machine; missing parent directories are
   *     created
   * @throws BoxliteException if the source does not exist or is too large, or the target cannot be
   *     written
   */
  void copyOut(String source, Path target);

  /**
   * Reads a file of the box, including files of {@code /proc}.
   *
   * @param path an absolute path in the box; links are followed
   * @return its content, at most {@value #MAX_READ_BYTES} bytes
   * @throws BoxliteException if there is no such file, or it is larger
   */
  byte[] read(String path);

  /**
   * Writes a file of the box. An existing file gets new content and keeps its mode and owner; a new
   * one is owned by root and has the mode 0644. Missing parent directories are created.
   *
   * @param path an absolute path in the box; links are followed
   * @throws BoxliteException if the box has no room for it, or the path is not a regular file
   */
  default void write(String path, byte[] content) {
    write(path, content, FileAttributes.unchanged());
  }

  /**
   * Writes a file of the box, as {@link #write(String, byte[])} does, and sets its owner and mode,
   * also if it exists. Parent directories that are created get that owner, too.
   *
   * <p>Links are followed: if a program in the box has put one in place of the file or of a parent
   * directory, the file that the link points to is written and gets the owner and mode.
   *
   * @param attributes owner and mode
   * @throws BoxliteException also if the box does not know the owner
   */
  void write(String path, byte[] content, FileAttributes attributes);
}
