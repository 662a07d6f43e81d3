package io.boxlite.internal.host.cgroup;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.LockFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one cgroup, in one hierarchy.
 *
 * <p>Its creator keeps it locked. A directory whose lock is free belongs to a dead JVM.
 */
final class CgroupDirectory {
  private static final Logger log = LoggerFactory.getLogger(CgroupDirectory.class);
  private static final String PROCS = "cgroup.procs";

  /** How long to wait for a sweep that found the directory before it was locked. */
  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);

  /** What a cgroup may lack to its limit when memory is refused: a huge page. */
  private static final long LARGEST_CHARGE = 2 << 20;

  private static final long RETRY_MILLIS = 1;
  private static final long CPU_PERIOD_MICROS = 100_000;
  private static final long MICROS_OF_A_HUNDREDTH = CPU_PERIOD_MICROS / 100;

  private final CgroupParent parent;
  private final Path path;
  private final LockFile lock;

  private CgroupDirectory(CgroupParent parent, Path path, LockFile lock) {
    this.parent = parent;
    this.path = path;
    this.lock = lock;
  }

  /** Creates a cgroup, or takes over one that a dead JVM has left. */
  static CgroupDirectory create(CgroupParent parent, String name) throws IOException {
    Path path = parent.directory().resolve(name);
    Deadline deadline = Deadline.in(LOCK_TIMEOUT);
    while (true) {
      try {
        Files.createDirectory(path);
      } catch (FileAlreadyExistsException e) {
        log.debug("{} exists already", path);
      }
      Optional<LockFile> lock = LockFile.tryDirectory(path);
      if (lock.isPresent()) {
        return new CgroupDirectory(parent, path, lock.get());
      }
      if (deadline.isOver()) {
        throw new IOException("the cgroup " + path + " belongs to another running box");
      }
      sleep();
    }
  }

  /**
   * Sets limits, as far as this hierarchy has their controllers.
   *
   * @return the controllers whose limits are in force
   */
  Set<CgroupController> limit(CgroupLimits limits) throws IOException {
    EnumSet<CgroupController> limited = EnumSet.noneOf(CgroupController.class);
    for (CgroupController controller : parent.controllers()) {
      boolean done =
          switch (controller) {
            case MEMORY -> limitMemory(limits.memoryBytes());
            case PIDS -> limitProcesses(limits.processes());
            case CPU -> limitCpu(limits.cpuQuota(), limits.cpuWeight());
          };
      if (done) {
        limited.add(controller);
      }
    }
    return limited;
  }

  private boolean limitMemory(long bytes) throws IOException {
    if (bytes == 0) {
      return false;
    }
    String value = Long.toString(bytes);
    if (parent.version() == 2) {
      write("memory.max", value);
      // A box has its memory reserved, so it needs no swap. Otherwise the kernel would swap a
      // process that exceeds its limit, and never end it.
      writeIfPresent("memory.swap.max", "0");
      writeIfPresent("memory.oom.group", "1");
    } else {
      write("memory.limit_in_bytes", value);
      // The limit of memory and swap together: it must not be below the other.
      writeIfPresent("memory.memsw.limit_in_bytes", value);
    }
    return true;
  }

  private boolean limitProcesses(int processes) throws IOException {
    if (processes == 0) {
      return false;
    }
    write("pids.max", Integer.toString(processes));
    return true;
  }

  /** Returns whether there is a limit. A weight is none. */
  private boolean limitCpu(int hundredths, int weight) throws IOException {
    if (weight != 0) {
      if (parent.version() == 2) {
        write("cpu.weight", Integer.toString(weight));
      } else {
        // The defaults, 100 and 1024, mean the same.
        write("cpu.shares", Long.toString(Math.max(2, weight * 1024L / 100)));
      }
    }
    if (hundredths == 0) {
      return false;
    }
    String quota = Long.toString(hundredths * MICROS_OF_A_HUNDREDTH);
    if (parent.version() == 2) {
      write("cpu.max", quota + " " + CPU_PERIOD_MICROS);
      return true;
    }
    if (!Files.exists(path.resolve("cpu.cfs_quota_us"))) {
      return false;
    }
    write("cpu.cfs_period_us", Long.toString(CPU_PERIOD_MICROS));
    try {
      write("cpu.cfs_quota_us", quota);
      return true;
    } catch (IOException e) {
      // Version 1 refuses a quota above that of a cgroup higher up, which applies anyway.
      log.debug("{} cannot be limited to {} hundredths of a processor", path, hundredths, e);
      return false;
    }
  }

  /** Moves a process into the cgroup, with all its threads. */
  void add(long pid) throws IOException {
    write(PROCS, Long.toString(pid));
  }

  /** Returns the file to which a process with a single thread writes 0 to enter quickly. */
  Optional<Path> entryFile() {
    return parent.version() == 1 ? Optional.of(path.resolve("tasks")) : Optional.empty();
  }

  /** Returns whether the kernel has killed a process because the cgroup was at its limit. */
  boolean ranOutOfMemory() {
    if (!parent.controllers().contains(CgroupController.MEMORY)) {
      return false;
    }
    // Kills are counted whatever the reason, also when the whole machine is out of memory. Only a
    // cgroup at its own limit counts that as well.
    if (parent.version() == 2) {
      Path events = path.resolve("memory.events");
      return CgroupFile.keyed(events, "oom_kill") > 0 && CgroupFile.keyed(events, "oom") > 0;
    }
    return CgroupFile.keyed(path.resolve("memory.oom_control"), "oom_kill") > 0
        && (hasReachedLimit("memory.") || hasReachedLimit("memory.memsw."));
  }

  /** The count of failures, {@code failcnt}, stays 0 in some kernels. */
  private boolean hasReachedLimit(String counter) {
    long limit = CgroupFile.number(path.resolve(counter + "limit_in_bytes"));
    long peak = CgroupFile.number(path.resolve(counter + "max_usage_in_bytes"));
    return limit > 0 && peak + LARGEST_CHARGE >= limit;
  }

  /**
   * Kills what is left in the cgroup and removes it. The kernel may count a process as a member for
   * a moment after its end.
   */
  void remove(Deadline deadline) {
    try {
      while (!removeOnce(path)) {
        if (deadline.isOver()) {
          throw new BoxliteException(
              "the cgroup "
                  + path
                  + " still has processes after they were killed: "
                  + String.join(", ", CgroupFile.words(path.resolve(PROCS))));
        }
        killAll();
        sleep();
      }
    } finally {
      lock.close();
    }
  }

  /** Removes a cgroup that a dead JVM has left; does nothing when it is in use. */
  static void sweep(Path path) {
    Optional<LockFile> lock = LockFile.tryDirectory(path);
    if (lock.isPresent()) {
      try (LockFile held = lock.get()) {
        if (CgroupFile.words(path.resolve(PROCS)).isEmpty() && removeOnce(path)) {
          log.info("removed {}: the JVM that created this cgroup is gone", held.file());
        }
      }
    }
  }

  private static boolean removeOnce(Path path) {
    try {
      Files.delete(path);
      return true;
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      log.debug("cannot remove {} yet", path, e);
      return false;
    }
  }

  private void killAll() {
    for (String pid : CgroupFile.words(path.resolve(PROCS))) {
      // 0 stands for a process of another PID namespace.
      if (!pid.equals("0")) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  private void write(String file, String value) throws IOException {
    CgroupFile.write(path.resolve(file), value);
  }

  private void writeIfPresent(String file, String value) throws IOException {
    if (Files.exists(path.resolve(file))) {
      write(file, value);
    }
  }

  private static void sleep() {
    boolean interrupted = Thread.interrupted();
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
