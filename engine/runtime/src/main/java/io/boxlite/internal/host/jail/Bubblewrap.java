package io.boxlite.internal.host.jail;

import io.boxlite.internal.host.MemoryFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The command line that runs a program in a jail, with bwrap(1) of bubblewrap. */
final class Bubblewrap {
  private static final int FILTER_DESCRIPTOR = 3;
  private static final int MAX_OPEN_FILES = 256;
  private static final int BLOCK = 512; // of the shell's ulimit -f

  /**
   * Sets the limits, opens the files that the program gets, which only this JVM's user may open,
   * and enters the cgroups, which this JVM's user may do and the program's user may not.
   */
  private static final String OPEN_AND_RUN =
      "ulimit -c 0; ulimit -n "
          + MAX_OPEN_FILES
          + "; ulimit -f \"$1\""
          + "; [ -z \"$2\" ] || exec "
          + FILTER_DESCRIPTOR
          + "<\"$2\""
          + "; [ -z \"$3\" ] || exec "
          + JailSpec.MEMORY_DESCRIPTOR
          + "<\"$3\""
          + "; shift 3"
          + "; while [ \"$1\" != -- ]; do echo 0 >\"$1\" || exit; shift; done"
          + "; shift; exec \"$@\"";

  private Bubblewrap() {}

  /**
   * Returns the command line.
   *
   * @param program the path of bwrap
   * @param user the user to become first; empty to stay who this is
   */
  static List<String> commandLine(Path program, JailSpec spec, Optional<Long> user) {
    List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", OPEN_AND_RUN, "sh"));
    words.add(Long.toString((spec.maxFileBytes() + BLOCK - 1) / BLOCK));
    words.add(path(spec.filter()));
    words.add(path(spec.memory()));
    spec.cgroup().forEach(file -> words.add(file.toString()));
    words.add("--");
    if (user.isPresent()) {
      words.addAll(List.of("setpriv", "--reuid", user.get().toString()));
      words.addAll(List.of("--regid", user.get().toString(), "--clear-groups"));
    }
    words.add(program.toString());
    words.addAll(
        List.of(
            "--unshare-user",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup",
            "--die-with-parent",
            "--as-pid-1",
            "--new-session",
            "--clearenv",
            "--hostname",
            "jail"));
    String descriptors = JailSpec.DESCRIPTORS.toString(); // those of the process itself
    words.addAll(List.of("--ro-bind", descriptors, descriptors));
    for (Bind bind : spec.binds()) {
      words.add(bind.access().option());
      words.add(bind.source().toString());
      words.add(bind.target().toString());
    }
    for (Map.Entry<Path, Path> link : spec.links().entrySet()) {
      words.addAll(List.of("--symlink", link.getValue().toString(), link.getKey().toString()));
    }
    words.addAll(List.of("--remount-ro", "/", "--chdir", spec.workingDirectory().toString()));
    if (spec.filter().isPresent()) {
      words.addAll(List.of("--seccomp", Integer.toString(FILTER_DESCRIPTOR)));
    }
    words.add("--");
    words.addAll(spec.argv());
    return words;
  }

  private static String path(Optional<MemoryFile> file) {
    return file.map(any -> any.path().toString()).orElse("");
  }
}
