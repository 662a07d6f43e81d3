package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks paths in a box at which something is mounted. */
final class MountPath {
  /** What the box needs to work. */
  private static final List<String> OF_THE_SYSTEM = List.of("/proc", "/sys", "/dev");

  private MountPath() {}

  /** Returns the path without needless slashes. */
  static String check(String name, String path) {
    Arguments.absolutePath(name, path);
    List<String> names = Arrays.stream(path.split("/")).filter(part -> !part.isEmpty()).toList();
    String whole = "/" + String.join("/", names);
    if (names.isEmpty()
        || whole.equals("/etc")
        || OF_THE_SYSTEM.stream().anyMatch(top -> (whole + "/").startsWith(top + "/"))) {
      throw new IllegalArgumentException(
          name
              + " is \""
              + Arguments.shown(path)
              + "\"; nothing can be mounted on /, /etc, /proc, /sys or /dev, or below the last"
              + " three");
    }
    if (names.contains(".") || names.contains("..")) {
      throw new IllegalArgumentException(
          name + " is \"" + Arguments.shown(path) + "\"; it must not contain . or .. as a name");
    }
    return whole;
  }

  /** Refuses two mounts at one path. */
  static void requireDistinct(String option, List<String> paths) {
    Set<String> seen = new HashSet<>();
    for (String path : paths) {
      if (!seen.add(path)) {
        throw new IllegalArgumentException(
            option + " has two entries for " + Arguments.shown(path) + "; remove one of them");
      }
    }
  }
}
