package io.boxlite;

import io.boxlite.internal.guest.BoxFiles;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Access to the files of a {@link LiteBox}. */
abstract class BoxFileAccess {
  /** What {@link #readFile} reads at most, in bytes: it is kept in memory. */
  public static final int LONGEST_READ = 64 << 20;

  BoxFileAccess() {}

  /** Runs something with the files of a box that can be used. */
  abstract void onFiles(Consumer<BoxFiles> work);

  /** What disk, memory and image of the box can hold together, in bytes. */
  abstract long most();

  /**
   * Copies a file, or a directory with all below it, into the box.
   *
   * <p>Modes are kept, symbolic links stay links; everything belongs to root. The source itself may
   * be a link, which is followed. A directory that is in the box already is added to and keeps its
   * mode; files in it that are copied anew are replaced. Sockets, pipes and devices are left out.
   * When it fails, what was copied until then stays.
   *
   * @param source a file or directory of this machine
   * @param target an absolute path in the box: what the source becomes, or, when it ends with
   *     {@code /}, the directory it is put into. Directories that are missing above it are made
   * @throws IllegalArgumentException when the target is not an absolute path
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box is or gets lost
   * @throws BoxliteException when the source cannot be read, the box has no room for it, something
   *     of another kind is in its place, or this thread is interrupted, which it then stays
   */
  public void copyIn(Path source, String target) {
    copyIn(source, target, FileAttributes.unchanged());
  }

  /**
   * Copies a file, or a directory with all below it, into the box, as {@link #copyIn(Path, String)}
   * does, and sets the owner and modes of what is copied. Directories that are made above the
   * target get that owner, too.
   *
   * @param attributes owner and modes; a mode that is not set is the source's
   * @throws BoxliteException also when the box does not know the owner
   */
  public void copyIn(Path source, String target, FileAttributes attributes) {
    Arguments.absolutePath("target", target);
    Path name = source.toAbsolutePath().normalize().getFileName();
    String place = target.endsWith("/") && name != null ? target + name : target;
    onFiles(files -> files.copyIn(source, place, attributes));
  }

  /**
   * Copies a file, or a directory with all below it, out of the box.
   *
   * <p>Permissions are kept, symbolic links stay links, wherever they lead; they are not followed,
   * so nothing is written but the target and what is below it. The source itself may be a link,
   * which is followed inside the box. A directory that is there already is added to. Sockets, pipes
   * and devices are left out, and so is what is mounted below the source, like {@code /proc}. More
   * than disk, memory and image of the box can hold is refused; a file with holes counts with its
   * whole length. When it fails, what was copied until then stays.
   *
   * @param source an absolute path in the box
   * @param target what the source becomes on this machine; directories that are missing above it
   *     are made
   * @throws IllegalArgumentException when the source is not an absolute path
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box is or gets lost
   * @throws BoxliteException when the source does not exist or is too large, the target cannot be
   *     written, or this thread is interrupted, which it then stays
   */
  public void copyOut(String source, Path target) {
    Arguments.absolutePath("source", source);
    onFiles(files -> files.copyOut(source, target, most()));
  }

  /**
   * Reads a file of the box; files of {@code /proc} can be read, too.
   *
   * @param path an absolute path in the box; links are followed
   * @return its content, at most {@value #LONGEST_READ} bytes
   * @throws IllegalArgumentException when the path is not absolute
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box is or gets lost
   * @throws BoxliteException when there is no such file, or it is longer, or this thread is
   *     interrupted, which it then stays
   */
  public byte[] readFile(String path) {
    Arguments.absolutePath("path", path);
    byte[][] content = new byte[1][];
    onFiles(files -> content[0] = files.read(path, LONGEST_READ));
    return content[0];
  }

  /**
   * Writes a file of the box. One that exists gets new content and keeps its mode and owner; a new
   * one belongs to root and may be read by all. Directories that are missing above it are made.
   *
   * @param path an absolute path in the box; links are followed
   * @throws IllegalArgumentException when the path is not absolute
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box is or gets lost
   * @throws BoxliteException when the box has no room for it, or it is no file, or this thread is
   *     interrupted, which it then stays
   */
  public void writeFile(String path, byte[] content) {
    writeFile(path, content, FileAttributes.unchanged());
  }

  /**
   * Writes a file of the box, as {@link #writeFile(String, byte[])} does, and sets its owner and
   * mode, even when it exists already. Directories that are made above it get that owner, too.
   *
   * <p>Links are followed: when a program of the box has put one in the place of the file, or of a
   * directory above it, the file that the link leads to is written and gets the owner and mode.
   *
   * @param attributes owner and mode
   * @throws BoxliteException also when the box does not know the owner
   */
  public void writeFile(String path, byte[] content, FileAttributes attributes) {
    Arguments.absolutePath("path", path);
    onFiles(files -> files.write(path, content, attributes));
  }
}
