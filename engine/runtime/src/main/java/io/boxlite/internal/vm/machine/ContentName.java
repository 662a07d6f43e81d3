package io.boxlite.internal.vm.machine;

import java.nio.file.Path;

/** Names of files in the home directory that change when the contents do. */
public final class ContentName {
  private ContentName() {}

  /**
   * Returns the file's name below its parent directory, and its size in bytes. One of the two names
   * holds a hash of the contents.
   */
  public static String of(Path file) {
    Path directory = file.resolveSibling("").getFileName();
    return directory + "/" + file.getFileName() + " " + file.toFile().length();
  }
}
