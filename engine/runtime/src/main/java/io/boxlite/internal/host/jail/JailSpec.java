package io.boxlite.internal.host.jail;

import io.boxlite.internal.host.MemoryFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program and everything that it gets in its jail. What is not named here does not exist there.
 *
 * @param boxId the box that the program belongs to
 * @param argv the program and its arguments; the program's path is one in the jail
 * @param workingDirectory a directory in the jail
 * @param input the file to use as standard input, which the program need not see
 * @param binds the files and directories that it sees, outer ones before inner ones
 * @param links symbolic links in the jail: targets by path
 * @param filter its system call filter, a program of classic BPF; empty for none
 * @param memory a file that it can open as {@link #MEMORY}; empty for none
 * @param cgroup the files by which the program enters its cgroup; see HostCgroup.entryFiles
 * @param maxFileBytes the size to which it may extend a file
 */
public record JailSpec(
    String boxId,
    List<String> argv,
    Path workingDirectory,
    Path input,
    List<Bind> binds,
    Map<Path, Path> links,
    Optional<MemoryFile> filter,
    Optional<MemoryFile> memory,
    List<Path> cgroup,
    long maxFileBytes) {
  static final int MEMORY_DESCRIPTOR = 4;

  /** The directory of the program's own open files, as in every jail. */
  static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  /** The path in the jail by which the program opens {@link #memory}. */
  public static final Path MEMORY = DESCRIPTORS.resolve(Integer.toString(MEMORY_DESCRIPTOR));

  /** Copies the collections. */
  public JailSpec {
    argv = List.copyOf(argv);
    binds = List.copyOf(binds);
    links = Map.copyOf(links);
    cgroup = List.copyOf(cgroup);
  }

  JailSpec withBinds(List<Bind> others) {
    return new JailSpec(
        boxId, argv, workingDirectory, input, others, links, filter, memory, cgroup, maxFileBytes);
  }
}
