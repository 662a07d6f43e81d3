package io.boxlite.internal.host.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A mounted hierarchy of cgroups.
 *
 * @param version 1 or 2
 * @param directory where it is mounted
 * @param own the directory of this process's cgroup; null when the mount does not show it
 * @param readOnly whether it is mounted read-only
 * @param controllers the controllers of a hierarchy of version 1; empty for version 2
 */
record CgroupMount(
    int version,
    Path directory,
    @Nullable Path own,
    boolean readOnly,
    Set<CgroupController> controllers) {
  private static final String READ_ONLY = "ro";

  /** Returns the hierarchies that this process sees, under the root directory of the machine. */
  static List<CgroupMount> under(Path root) {
    List<CgroupMount> mounts = new ArrayList<>();
    for (String line : CgroupFile.lines(root.resolve("proc/self/mountinfo"))) {
      // proc(5), mountinfo: id, parent, device, root, mount point, options, -, type, source,
      // options
      List<String> fields = List.of(line.split(" ", -1));
      int separator = fields.indexOf("-");
      if (separator >= 0 && fields.size() >= separator + 4) {
        List<String> options = List.of(fields.get(separator + 3).split(",", -1));
        int version =
            switch (fields.get(separator + 1)) {
              case "cgroup" -> 1;
              case "cgroup2" -> 2;
              default -> 0;
            };
        Set<CgroupController> controllers =
            version == 1 ? CgroupController.among(options) : Set.of();
        if (version == 2 || !controllers.isEmpty()) {
          Path directory = root.resolve(fields.get(4).substring(1));
          boolean readOnly =
              List.of(fields.get(5).split(",", -1)).contains(READ_ONLY)
                  || options.contains(READ_ONLY);
          Path own =
              path(root, controllers)
                  .map(path -> below(directory, fields.get(3), path))
                  .orElse(null);
          mounts.add(new CgroupMount(version, directory, own, readOnly, controllers));
        }
      }
    }
    return mounts;
  }

  /**
   * Returns the path of this process in a hierarchy ({@code /proc/pid/cgroup}, cgroups(7)).
   *
   * @param controllers those of a hierarchy of version 1; empty for version 2
   */
  private static Optional<String> path(Path root, Set<CgroupController> controllers) {
    return CgroupFile.lines(root.resolve("proc/self/cgroup")).stream()
        .map(line -> line.split(":", 3))
        .filter(fields -> fields.length == 3)
        .filter(
            fields ->
                controllers.isEmpty()
                    ? fields[1].isEmpty()
                    : CgroupController.among(List.of(fields[1].split(",", -1)))
                        .containsAll(controllers))
        .map(fields -> fields[2])
        .findFirst();
  }

  /**
   * Returns the directory of a path of the hierarchy in a mount, whose root may be below that of
   * the hierarchy; null when it is outside the mount.
   */
  private static @Nullable Path below(Path directory, String mountRoot, String path) {
    if (mountRoot.equals(path)) {
      return directory;
    }
    String prefix = mountRoot.equals("/") ? "/" : mountRoot + "/";
    if (!path.startsWith(prefix)) {
      return null;
    }
    Path own = directory.resolve(path.substring(prefix.length())).normalize();
    return own.startsWith(directory) ? own : null;
  }
}
