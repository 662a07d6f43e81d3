package io.boxlite.internal.host.jail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds out what keeps bubblewrap from making a jail, once it has failed.
 *
 * @param root the root directory of the machine, another one in tests
 */
record JailObstacle(Path root) {
  private static final String CONTAINER_REMEDY =
      "start the container with --security-opt seccomp=unconfined"
          + " --security-opt apparmor=unconfined";

  private static final String SECCOMP_FILTERED = "2"; // proc_pid_status(5), Seccomp

  static JailObstacle ofThisMachine() {
    return new JailObstacle(Path.of("/"));
  }

  /**
   * Returns why the jail failed and what to do.
   *
   * @param said what bubblewrap said
   */
  String explain(String said) {
    return cause()
        .map(cause -> cause + " (bubblewrap said: " + said + ")")
        .orElse("bubblewrap failed: " + said);
  }

  private Optional<String> cause() {
    if (value("proc/sys/user/max_user_namespaces").equals("0")) {
      return Optional.of(
          "this machine allows no user namespaces; allow them with: "
              + "sysctl -w user.max_user_namespaces=10000");
    }
    if (value("proc/sys/kernel/unprivileged_userns_clone").equals("0")) {
      return Optional.of(
          "this machine allows user namespaces to root only; allow them with: "
              + "sysctl -w kernel.unprivileged_userns_clone=1");
    }
    if (isFiltered() && isContainer()) {
      return Optional.of(
          "this JVM runs in a container whose seccomp profile does not allow a jail; "
              + CONTAINER_REMEDY);
    }
    if (value("proc/sys/kernel/apparmor_restrict_unprivileged_userns").equals("1")) {
      return Optional.of(
          "AppArmor keeps unprivileged programs from using user namespaces; allow it with: "
              + "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
    }
    if (isContainer()) {
      return Optional.of(
          "this JVM runs in a container that does not allow a jail; " + CONTAINER_REMEDY);
    }
    return Optional.empty();
  }

  private boolean isFiltered() {
    return text("proc/self/status")
        .lines()
        .filter(line -> line.startsWith("Seccomp:"))
        .anyMatch(line -> line.substring(line.indexOf(':') + 1).strip().equals(SECCOMP_FILTERED));
  }

  private boolean isContainer() {
    return Files.exists(root.resolve(".dockerenv"))
        || Files.exists(root.resolve("run/.containerenv"))
        || text("proc/1/cgroup").contains("kubepods");
  }

  private String value(String file) {
    return text(file).strip();
  }

  private String text(String file) {
    try {
      return Files.readString(root.resolve(file));
    } catch (IOException e) {
      return ""; // this kernel has no such switch
    }
  }
}
