package io.boxlite.internal.host.cgroup;

import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place on this machine where this JVM may create cgroups.
 *
 * <p>The cgroup of this JVM is never changed, and no other process but that of a box is moved.
 */
public final class HostCgroups {
  private static final Logger log = LoggerFactory.getLogger(HostCgroups.class);
  private static final String PREFIX = "boxlite-";

  private final List<CgroupParent> parents;

  HostCgroups(List<CgroupParent> parents) {
    this.parents = parents;
  }

  /** Found once: a JVM is not expected to be moved. */
  private static final class Holder {
    private static final CgroupDetection DETECTION = new CgroupDetection();
  }

  /** Returns where this JVM may create cgroups; empty when it may not. */
  public static Optional<HostCgroups> detect() {
    List<CgroupParent> parents = Holder.DETECTION.parents();
    return parents.isEmpty() ? Optional.empty() : Optional.of(new HostCgroups(parents));
  }

  /** Returns why this JVM cannot create cgroups; empty when it can. */
  public static String unavailableReason() {
    return Holder.DETECTION.reason();
  }

  /**
   * Returns the version, the directories and what is missing: {@code cgroup v2 below
   * /sys/fs/cgroup/user.slice, without cpu}.
   */
  public String description() {
    EnumSet<CgroupController> missing = EnumSet.allOf(CgroupController.class);
    parents.forEach(parent -> missing.removeAll(parent.controllers()));
    return "cgroup v"
        + parents.get(0).version()
        + " below "
        + parents.stream()
            .map(parent -> parent.directory().toString())
            .collect(Collectors.joining(", "))
        + (missing.isEmpty() ? "" : ", without " + CgroupController.list(missing));
  }

  /** Returns whether a limit of memory would be in force. */
  public boolean limitsMemory() {
    return has(CgroupController.MEMORY);
  }

  /** Returns whether a limit of processes would be in force. */
  public boolean limitsProcesses() {
    return has(CgroupController.PIDS);
  }

  /** Returns whether a limit of processor time would be in force. */
  public boolean limitsCpu() {
    return has(CgroupController.CPU);
  }

  private boolean has(CgroupController controller) {
    return parents.stream().anyMatch(parent -> parent.controllers().contains(controller));
  }

  /**
   * Creates a cgroup without processes for a box.
   *
   * @throws BoxliteException when the kernel refuses it
   */
  public HostCgroup create(String boxId, CgroupLimits limits) {
    return HostCgroup.create(boxId, PREFIX + boxId, parents, limits);
  }

  /**
   * Removes the cgroups of boxes whose JVM has died. Those of running JVMs, whatever their home
   * directory, and those with processes stay.
   *
   * <p>Finds those in the same place only. A JVM that ran elsewhere, for example in another
   * session, leaves its cgroups to those who remove the session's.
   */
  public void sweep() {
    for (CgroupParent parent : parents) {
      try (DirectoryStream<Path> directories =
          Files.newDirectoryStream(
              parent.directory(),
              path ->
                  path.getFileName().toString().startsWith(PREFIX)
                      && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
        directories.forEach(CgroupDirectory::sweep);
      } catch (IOException | BoxliteException e) {
        log.warn(
            "cannot sweep the cgroups of dead boxes in {}: {}", parent.directory(), e.toString());
      }
    }
  }
}
