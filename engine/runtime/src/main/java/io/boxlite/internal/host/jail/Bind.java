package io.boxlite.internal.host.jail;

import java.nio.file.Path;

/**
 * A file or directory of the host that a jailed program sees.
 *
 * @param source its path on the host
 * @param target its path in the jail
 * @param access what the program may do with it
 */
public record Bind(Path source, Path target, Access access) {
  /** What a jailed program may do. */
  public enum Access {
    /** It may read. */
    READ_ONLY("--ro-bind"),
    /** It may also write to the file; only for files, since a directory could be filled. */
    READ_WRITE("--bind"),
    /** It may use a device. */
    DEVICE("--dev-bind");

    private final String option;

    Access(String option) {
      this.option = option;
    }

    /** Returns the option of bwrap(1). */
    String option() {
      return option;
    }
  }

  /** Returns a file or directory that may be read, at the path that it has on the host. */
  public static Bind readOnly(Path path) {
    return new Bind(path, path, Access.READ_ONLY);
  }

  /** Returns this with another source. */
  Bind from(Path other) {
    return new Bind(other, target, access);
  }

  /** Returns the path and the access as text, such as {@code /kernel (read-only)}. */
  String describe() {
    return switch (access) {
      case READ_ONLY -> target + " (read-only)";
      case READ_WRITE -> target + " (writable)";
      case DEVICE -> target + " (device)";
    };
  }
}
