package io.boxlite.internal.host.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the cgroups below which this process may create others, and says why there are none.
 *
 * <p>In version 1, it is this process's own cgroup in each hierarchy, so that the limits which
 * apply to this process apply to the new cgroups too.
 *
 * <p>In version 2, a cgroup that has processes of its own cannot pass controllers on ("no internal
 * processes", cgroups(7)), and no process but a new one is ever moved. So it is the nearest cgroup
 * <em>above</em> that of this process. It must have the controllers in {@code
 * cgroup.subtree_control}, or have no processes so that they can be added. Its {@code cgroup.procs}
 * must be writable, because it is the common ancestor of both ends of a move. The root is exempt
 * from the rule, and may be the cgroup of this process itself. A limit that is set on the cgroup of
 * this process alone does not apply to its siblings.
 */
final class CgroupDetection {
  private static final Logger log = LoggerFactory.getLogger(CgroupDetection.class);
  private static final String PROCS = "cgroup.procs";
  private static final String SUBTREE_CONTROL = "cgroup.subtree_control";
  private static final String DELEGATION =
      "start the JVM in a delegated cgroup, for example with `systemd-run --user --scope`";

  private final List<CgroupMount> mounts;
  private final Predicate<Path> writable;
  private final List<String> reasons = new ArrayList<>();
  private final List<CgroupParent> parents;

  /** Examines this machine. */
  CgroupDetection() {
    this(Path.of("/"), Files::isWritable);
  }

  /**
   * Examines the machine whose root directory is given.
   *
   * @param writable whether this process may write a file, or in a directory
   */
  CgroupDetection(Path root, Predicate<Path> writable) {
    this.writable = writable;
    mounts = CgroupMount.under(root);
    parents = find();
  }

  /** Returns the parents for new cgroups: one in version 2, one for each hierarchy in version 1. */
  List<CgroupParent> parents() {
    return parents;
  }

  /** Returns why there are no parents; empty when there are. */
  String reason() {
    if (!parents.isEmpty()) {
      return "";
    }
    return mounts.isEmpty() ? "no cgroup hierarchy is mounted" : String.join("; ", reasons);
  }

  private List<CgroupParent> find() {
    Optional<Candidate> unified =
        mounts.stream().filter(mount -> mount.version() == 2).findFirst().flatMap(this::unified);
    List<CgroupParent> separate = separate();
    long separately = separate.stream().mapToLong(parent -> parent.controllers().size()).sum();
    // On a hybrid machine each controller is in one of the versions only.
    if (unified.isPresent() && unified.get().controllers().size() >= separately) {
      Set<CgroupController> enabled = enable(unified.get());
      if (!enabled.isEmpty()) {
        return List.of(new CgroupParent(2, unified.get().directory(), enabled));
      }
    }
    return separate;
  }

  private List<CgroupParent> separate() {
    List<CgroupParent> found = new ArrayList<>();
    Set<CgroupController> missing = EnumSet.allOf(CgroupController.class);
    Map<Set<CgroupController>, Path> readOnly = new LinkedHashMap<>();
    for (CgroupMount mount : mounts) {
      if (mount.version() == 1 && missing.containsAll(mount.controllers())) {
        Path own = mount.own();
        if (mount.readOnly()) {
          readOnly.putIfAbsent(mount.controllers(), mount.directory());
        } else if (own == null || !Files.isDirectory(own)) {
          reasons.add("the cgroup of this process is not below " + mount.directory());
        } else if (!writable.test(own)) {
          reasons.add(notWritable(own));
        } else {
          found.add(new CgroupParent(1, own, mount.controllers()));
          missing.removeAll(mount.controllers());
        }
      }
    }
    readOnly.keySet().removeIf(controllers -> !missing.containsAll(controllers));
    if (!readOnly.isEmpty()) {
      reasons.add(readOnly(List.copyOf(readOnly.values())));
    }
    return found;
  }

  /** A cgroup of version 2 with the controllers that it passes on, or can be made to pass on. */
  private record Candidate(
      Path directory, Set<CgroupController> controllers, Set<CgroupController> passedOn) {}

  private Optional<Candidate> unified(CgroupMount mount) {
    if (CgroupController.among(CgroupFile.words(mount.directory().resolve("cgroup.controllers")))
        .isEmpty()) {
      // The hierarchy of a hybrid machine, which has no controllers.
      return Optional.empty();
    }
    if (mount.readOnly()) {
      reasons.add(readOnly(List.of(mount.directory())));
      return Optional.empty();
    }
    Path own = mount.own();
    if (own == null) {
      reasons.add("the cgroup of this process is not below " + mount.directory());
      return Optional.empty();
    }
    List<Candidate> candidates = new ArrayList<>();
    List<String> refusals = new ArrayList<>();
    for (@Nullable Path directory = isRoot(own) ? own : own.getParent();
        directory != null && directory.startsWith(mount.directory());
        directory = directory.getParent()) {
      candidate(directory, refusals).ifPresent(candidates::add);
    }
    // The nearest of those with the most controllers.
    Optional<Candidate> best =
        candidates.stream()
            .reduce((a, b) -> a.controllers().size() >= b.controllers().size() ? a : b);
    if (best.isEmpty()) {
      reasons.add(
          (refusals.isEmpty()
                  ? "no cgroup above that of this process is visible below " + mount.directory()
                  : String.join(", ", refusals))
              + "; "
              + DELEGATION);
    }
    return best;
  }

  private Optional<Candidate> candidate(Path directory, List<String> refusals) {
    List<String> type = CgroupFile.words(directory.resolve("cgroup.type"));
    if (!isRoot(directory) && !type.equals(List.of("domain"))) {
      refusals.add("the cgroup " + directory + " is for threads only");
      return Optional.empty();
    }
    if (!writable.test(directory) || !writable.test(directory.resolve(PROCS))) {
      refusals.add(notWritable(directory));
      return Optional.empty();
    }
    Set<CgroupController> passedOn =
        CgroupController.among(CgroupFile.words(directory.resolve(SUBTREE_CONTROL)));
    EnumSet<CgroupController> controllers = EnumSet.noneOf(CgroupController.class);
    controllers.addAll(passedOn);
    boolean extensible =
        (isRoot(directory) || CgroupFile.words(directory.resolve(PROCS)).isEmpty())
            && writable.test(directory.resolve(SUBTREE_CONTROL));
    if (extensible) {
      controllers.addAll(
          CgroupController.among(CgroupFile.words(directory.resolve("cgroup.controllers"))));
    }
    if (controllers.isEmpty()) {
      refusals.add("the cgroup " + directory + " cannot pass on any of memory, pids, cpu");
      return Optional.empty();
    }
    return Optional.of(new Candidate(directory, controllers, passedOn));
  }

  /** Makes a cgroup pass on its controllers, and returns those that it passes on. */
  private Set<CgroupController> enable(Candidate candidate) {
    EnumSet<CgroupController> missing = EnumSet.noneOf(CgroupController.class);
    missing.addAll(candidate.controllers());
    missing.removeAll(candidate.passedOn());
    if (missing.isEmpty()) {
      return candidate.passedOn();
    }
    try {
      CgroupFile.write(
          candidate.directory().resolve(SUBTREE_CONTROL),
          missing.stream()
              .map(controller -> "+" + controller.kernelName())
              .collect(Collectors.joining(" ")));
      return candidate.controllers();
    } catch (IOException e) {
      // For example because a process was added to the cgroup in between.
      log.debug("cannot enable {} below {}", missing, candidate.directory(), e);
      reasons.add("cannot enable " + CgroupController.list(missing) + ": " + e);
      return candidate.passedOn();
    }
  }

  /** Only the root of the hierarchy lacks this file; that of a cgroup namespace has it. */
  private static boolean isRoot(Path directory) {
    return !Files.exists(directory.resolve("cgroup.type"));
  }

  private static String readOnly(List<Path> directories) {
    String all = directories.stream().map(Path::toString).collect(Collectors.joining(", "));
    return (directories.size() == 1
            ? "the cgroup directory " + all + " is"
            : "the cgroup directories " + all + " are")
        + " read-only, as in most containers";
  }

  private static String notWritable(Path directory) {
    return "the cgroup directory " + directory + " is not writable for this user";
  }
}
