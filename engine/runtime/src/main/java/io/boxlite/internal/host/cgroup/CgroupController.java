package io.boxlite.internal.host.cgroup;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A controller that a box's cgroup uses if it can (cgroups(7)). */
enum CgroupController {
  MEMORY,
  PIDS,
  CPU;

  /** Returns the kernel's name of the controller. */
  String kernelName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns those of these controllers that are in a list of the kernel's names. */
  static Set<CgroupController> among(List<String> names) {
    EnumSet<CgroupController> found = EnumSet.noneOf(CgroupController.class);
    for (CgroupController controller : values()) {
      if (names.contains(controller.kernelName())) {
        found.add(controller);
      }
    }
    return found;
  }

  /** Returns the names of controllers, for messages: {@code memory, pids}. */
  static String list(Collection<CgroupController> controllers) {
    return controllers.stream()
        .sorted()
        .map(CgroupController::kernelName)
        .collect(Collectors.joining(", "));
  }
}
