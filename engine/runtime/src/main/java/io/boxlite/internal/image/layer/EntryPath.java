package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.tar.ByteString;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits the name of a member into components. As in containerd, every name starts at the image's
 * root, absolute or not, and {@code ..} never leads above the root.
 */
final class EntryPath {
  /** NAME_MAX, linux/limits.h. */
  private static final int MAX_NAME = 255;

  /** PATH_MAX without the NUL, linux/limits.h. */
  static final int MAX_PATH = 4095;

  private EntryPath() {}

  /** Returns the components of a path, without dots; empty for the root. */
  static List<String> components(String path) {
    if (path.length() > MAX_PATH) {
      throw new ImageIntegrityException(
          "the path "
              + ByteString.display(path)
              + " has "
              + path.length()
              + " bytes; Linux allows "
              + MAX_PATH);
    }
    List<String> components = new ArrayList<>();
    int start = 0;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      add(components, path.substring(start, end));
      start = end + 1;
    }
    return components;
  }

  private static void add(List<String> components, String name) {
    if (name.isEmpty() || name.equals(".")) {
      return;
    }
    if (name.equals("..")) {
      if (!components.isEmpty()) {
        components.remove(components.size() - 1);
      }
      return;
    }
    if (name.length() > MAX_NAME) {
      throw new ImageIntegrityException(
          "the name "
              + ByteString.display(name)
              + " has "
              + name.length()
              + " bytes; Linux allows "
              + MAX_NAME);
    }
    components.add(name);
  }
}
