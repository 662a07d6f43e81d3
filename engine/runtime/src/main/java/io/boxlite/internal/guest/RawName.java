package io.boxlite.internal.guest;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * File names as the bytes that Linux uses.
 *
 * <p>The text of a path is not sufficient: in a JVM without a UTF-8 locale it contains question
 * marks instead of all non-ASCII characters. A file's URI preserves all bytes.
 */
final class RawName {
  private static final int MAX_NAME_BYTES = 255; // NAME_MAX of linux/limits.h

  private RawName() {}

  /** Returns the last name of a path. */
  static byte[] of(Path path) {
    byte[] whole = bytes(path);
    int start = whole.length;
    while (start > 0 && whole[start - 1] != '/') {
      start--;
    }
    return Arrays.copyOfRange(whole, start, whole.length);
  }

  /** Returns the target of a symbolic link, relative or absolute. */
  static byte[] ofLink(Path target) {
    if (target.isAbsolute()) {
      return bytes(target);
    }
    byte[] whole = bytes(Path.of("/").resolve(target));
    return Arrays.copyOfRange(whole, 1, whole.length);
  }

  /** Returns the path with these bytes; relative if they do not start with a slash. */
  static Path path(byte[] bytes) {
    StringBuilder uri = new StringBuilder("file:///");
    for (byte each : bytes) {
      uri.append(String.format(Locale.ROOT, "%%%02X", each & 0xff));
    }
    Path whole = Path.of(URI.create(uri.toString()));
    boolean absolute = bytes.length > 0 && bytes[0] == '/';
    return absolute || whole.getNameCount() == 0 ? whole : whole.subpath(0, whole.getNameCount());
  }

  /**
   * Resolves a name sent by a guest against a directory.
   *
   * @throws ProtocolViolation if the name could lead out of the directory
   */
  static Path in(Path directory, byte[] name) throws ProtocolViolation {
    String text = new String(name, StandardCharsets.ISO_8859_1); // one character per byte
    ProtocolViolation.unless(
        name.length > 0
            && name.length <= MAX_NAME_BYTES
            && !text.equals(".")
            && !text.equals("..")
            && text.indexOf('/') < 0
            && text.indexOf('\0') < 0,
        () -> "'" + GuestText.clean(text) + "' as the name of a file");
    Path path = directory.resolve(path(name));
    ProtocolViolation.unless(
        directory.equals(path.getParent()), () -> "a name that leads out of its directory");
    return path;
  }

  private static byte[] bytes(Path path) {
    String uri = path.toUri().getRawPath();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(uri.length());
    for (int i = 0; i < uri.length(); i++) {
      if (uri.charAt(i) == '%') {
        bytes.write(Integer.parseInt(uri.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(uri.charAt(i));
      }
    }
    byte[] whole = bytes.toByteArray();
    // The URI of a directory ends with a slash.
    boolean slash = whole.length > 1 && whole[whole.length - 1] == '/';
    return slash ? Arrays.copyOf(whole, whole.length - 1) : whole;
  }
}
