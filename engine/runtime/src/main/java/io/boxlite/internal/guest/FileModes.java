package io.boxlite.internal.guest;

import io.boxlite.FileAttributes;

/**
 * The permission bits that files get in a box.
 *
 * @param attributes go before all else
 * @param portable whether the others do not depend on this machine's umask: 0755 for directories
 *     and for files that their owner may execute, 0644 for other files; else they are kept
 */
record FileModes(FileAttributes attributes, boolean portable) {
  private static final int OWNER_EXECUTES = 0100;
  private static final int EXECUTABLE = 0755;
  private static final int PLAIN = 0644;

  static FileModes kept(FileAttributes attributes) {
    return new FileModes(attributes, false);
  }

  static FileModes portable(FileAttributes attributes) {
    return new FileModes(attributes, true);
  }

  int ofFile(int found) {
    int portableMode = (found & OWNER_EXECUTES) != 0 ? EXECUTABLE : PLAIN;
    return attributes.mode().orElse(portable ? portableMode : found);
  }

  int ofDirectory(int found) {
    return attributes.directoryMode().orElse(portable ? EXECUTABLE : found);
  }
}
