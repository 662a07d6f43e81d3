package io.boxlite.internal.host.cgroup;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.ProcessIdentity;
import io.boxlite.text.SizeText;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The cgroup of one box's process on the host, which limits what the process can use.
 *
 * <p><b>How a process enters.</b> To move another process, the kernel waits for a grace period of
 * RCU, so that no thread is created meanwhile: about 11 ms with 250 ticks a second, once for moves
 * that follow one another. Creating and removing the cgroup takes 0.2 ms. There are two ways that
 * do not delay the start of a box:
 *
 * <ul>
 *   <li>In version 1, a process that has a single thread writes 0 to each of {@link #entryFiles},
 *       as the last step of the shell that executes the program. That needs no grace period, and
 *       takes 0.1 ms for each hierarchy. Nothing of the program runs outside the cgroup.
 *   <li>In version 2 there is no such way, and {@link #entryFiles} is empty. {@link #addLater}
 *       moves the process from another thread while the program starts. Threads that the program
 *       creates meanwhile do not wait. The caller awaits the future before the guest runs any
 *       program.
 * </ul>
 *
 * <p>Memory is charged to the cgroup that a process is in when it first touches the memory, so what
 * it has used before is not counted.
 */
public final class HostCgroup implements AutoCloseable {
  private static final Duration REMOVAL_TIMEOUT = Duration.ofSeconds(5);

  private final String boxId;
  private final int version;
  private final CgroupLimits limits;
  private final List<CgroupDirectory> directories;
  private final Set<CgroupController> limited;
  private boolean outOfMemory;
  private boolean closed;

  private HostCgroup(
      String boxId,
      int version,
      CgroupLimits limits,
      List<CgroupDirectory> directories,
      Set<CgroupController> limited) {
    this.boxId = boxId;
    this.version = version;
    this.limits = limits;
    this.directories = directories;
    this.limited = limited;
  }

  static HostCgroup create(
      String boxId, String name, List<CgroupParent> parents, CgroupLimits limits) {
    List<CgroupDirectory> directories = new ArrayList<>();
    EnumSet<CgroupController> limited = EnumSet.noneOf(CgroupController.class);
    try {
      for (CgroupParent parent : parents) {
        CgroupDirectory directory = CgroupDirectory.create(parent, name);
        directories.add(directory);
        limited.addAll(directory.limit(limits));
      }
      return new HostCgroup(boxId, parents.get(0).version(), limits, directories, limited);
    } catch (IOException | RuntimeException e) {
      remove(directories);
      throw new BoxliteException("cannot create the cgroup of box " + boxId + ": " + e, e);
    }
  }

  /**
   * Returns the files to which a process that has a single thread writes {@code 0} to enter this
   * cgroup; empty when it has to be moved with {@link #addLater}. They must be written with one
   * write(2) each.
   */
  public List<Path> entryFiles() {
    return directories.stream().map(CgroupDirectory::entryFile).flatMap(Optional::stream).toList();
  }

  /**
   * Moves a process and its descendants into this cgroup, with all their threads. Takes some 15 ms.
   * Does nothing when the process has ended.
   *
   * @throws BoxliteException when the kernel refuses it
   */
  public void add(long pid) {
    move(pid);
    // From here on, its new children begin in the cgroup. Those that it had are moved now.
    ProcessHandle.of(pid).stream()
        .flatMap(ProcessHandle::children)
        .forEach(child -> add(child.pid()));
  }

  private void move(long pid) {
    for (CgroupDirectory directory : directories) {
      try {
        directory.add(pid);
      } catch (IOException e) {
        if (ProcessIdentity.of(pid).filter(ProcessIdentity::isAlive).isEmpty()) {
          return;
        }
        throw new BoxliteException(
            "cannot move the process " + pid + " of box " + boxId + " into its cgroup: " + e, e);
      }
    }
  }

  /** Like {@link #add}, on a thread of its own. */
  public CompletableFuture<Void> addLater(long pid) {
    CompletableFuture<Void> added = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                add(pid);
                added.complete(null);
              } catch (RuntimeException | Error e) {
                added.completeExceptionally(e);
              }
            },
            "boxlite-" + boxId + "-cgroup");
    thread.setDaemon(true);
    thread.start();
    return added;
  }

  /**
   * Returns the version and the limits in force: {@code cgroup v1: memory 768 MiB, 97 processes, 2
   * processors}. Limits whose controller this machine lacks are not among them.
   */
  public String description() {
    List<String> parts = limits();
    return "cgroup v" + version + ": " + (parts.isEmpty() ? "no limits" : String.join(", ", parts));
  }

  /** Returns whether a limit of memory is in force. */
  public boolean limitsMemory() {
    return limited.contains(CgroupController.MEMORY);
  }

  /** Returns the version of cgroups, 1 or 2. */
  public int version() {
    return version;
  }

  /** Returns the limits in force as text, as in {@link #description}. */
  public List<String> limits() {
    List<String> parts = new ArrayList<>();
    if (limitsMemory()) {
      parts.add("memory " + SizeText.format(limits.memoryBytes()));
    }
    if (limited.contains(CgroupController.PIDS)) {
      parts.add(count(Integer.toString(limits.processes()), "process", "processes"));
    }
    if (limited.contains(CgroupController.CPU)) {
      String number = BigDecimal.valueOf(limits.cpuQuota(), 2).stripTrailingZeros().toPlainString();
      parts.add(count(number, "processor", "processors"));
    }
    return parts;
  }

  private static String count(String number, String one, String many) {
    return number + " " + (number.equals("1") ? one : many);
  }

  /**
   * Returns whether the kernel has killed a process of this cgroup because it exceeded the limit of
   * memory. After {@link #close}, returns what was true then.
   */
  public synchronized boolean ranOutOfMemory() {
    if (!closed && !outOfMemory) {
      outOfMemory = directories.stream().anyMatch(CgroupDirectory::ranOutOfMemory);
    }
    return outOfMemory;
  }

  /**
   * Kills the processes that are still in the cgroup and removes it.
   *
   * @throws BoxliteException when processes are left in it 5 s later
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      ranOutOfMemory();
      closed = true;
      remove(directories);
    }
  }

  private static void remove(List<CgroupDirectory> directories) {
    Deadline deadline = Deadline.in(REMOVAL_TIMEOUT);
    RuntimeException failure = null;
    for (CgroupDirectory directory : directories) {
      try {
        directory.remove(deadline);
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
