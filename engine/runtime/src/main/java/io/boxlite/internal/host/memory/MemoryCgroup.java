package io.boxlite.internal.host.memory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A cgroup that limits memory (cgroups(7)): of version 2, or of version 1 with the controller
 * {@code memory}.
 *
 * @param limitBytes the limit of all its processes, in bytes
 * @param usedBytes what they use, excluding page cache that can be reclaimed at once, in bytes
 */
record MemoryCgroup(long limitBytes, long usedBytes) {
  private static final String MEMORY = "memory";

  /** Returns the cgroups of this process that have a limit, from its own up to the root. */
  static List<MemoryCgroup> ofThisProcess(Path root) {
    List<MemoryCgroup> groups = new ArrayList<>();
    for (String mount : HostMemory.lines(root.resolve("proc/self/mountinfo"))) {
      // proc(5), mountinfo: id, parent, device, root, mount point, options, -, type, source,
      // options
      String[] fields = mount.split(" ", -1);
      int separator = List.of(fields).indexOf("-");
      if (separator < 0 || fields.length < separator + 4) {
        continue;
      }
      boolean version2 = fields[separator + 1].equals("cgroup2");
      boolean version1 =
          fields[separator + 1].equals("cgroup")
              && List.of(fields[separator + 3].split(",", -1)).contains(MEMORY);
      if (version1 || version2) {
        Path top = root.resolve(fields[4].substring(1));
        Path own = top.resolve(below(fields[3], path(root, version2))).normalize();
        for (Path directory = own;
            directory != null && directory.startsWith(top);
            directory = directory.getParent()) {
          add(directory, version2, groups);
        }
      }
    }
    return groups;
  }

  /** Returns the path of this process in the hierarchy ({@code /proc/pid/cgroup}, cgroups(7)). */
  private static String path(Path root, boolean version2) {
    for (String line : HostMemory.lines(root.resolve("proc/self/cgroup"))) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3
          && (version2
              ? fields[1].isEmpty()
              : List.of(fields[1].split(",", -1)).contains(MEMORY))) {
        return fields[2];
      }
    }
    return "/";
  }

  /** Returns the path relative to a mount whose root may be below the root of the hierarchy. */
  private static String below(String mountRoot, String path) {
    String prefix = mountRoot.equals("/") ? "/" : mountRoot + "/";
    return path.startsWith(prefix) ? path.substring(prefix.length()) : "";
  }

  private static void add(Path directory, boolean version2, List<MemoryCgroup> groups) {
    long limit = number(directory.resolve(version2 ? "memory.max" : "memory.limit_in_bytes"));
    if (limit < 0) {
      return;
    }
    long used = number(directory.resolve(version2 ? "memory.current" : "memory.usage_in_bytes"));
    String reclaimable = version2 ? "inactive_file " : "total_inactive_file ";
    long files =
        HostMemory.lines(directory.resolve("memory.stat")).stream()
            .filter(line -> line.startsWith(reclaimable))
            .mapToLong(line -> Long.parseLong(line.substring(reclaimable.length()).strip()))
            .findFirst()
            .orElse(0);
    groups.add(new MemoryCgroup(limit, Math.max(0, used - files)));
  }

  /** Returns the number in a file; -1 for {@code max}, and if the file does not exist. */
  private static long number(Path file) {
    return HostMemory.lines(file).stream()
        .map(String::strip)
        .filter(line -> line.matches("\\d{1,18}"))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(-1);
  }
}
