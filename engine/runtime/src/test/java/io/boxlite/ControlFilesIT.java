package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No program of a box changes its limits, leaves its tree, or changes a setting of the kernel. */
@Timeout(180)
class ControlFilesIT extends OneBox {
  ControlFilesIT() {
    super(BoxOptions.builder().memoryMib(160).diskMib(64).build());
  }

  @BeforeAll
  void create(@TempDir Path directory) {
    box.copyIn(CProgram.compile("roads", directory), "/roads");
  }

  @Test
  void everyRoadToThemIsClosed() {
    try (Execution neighbour = box.start(Command.of("sleep", "1000"))) {
      ExecResult result = box.exec("/roads");
      assertThat(result.stdout().lines())
          .as("%s", result)
          .hasSizeGreaterThan(100)
          .noneMatch(road -> road.endsWith("OPEN"))
          .contains("all roads tried");
      assertThat(result.exitCode()).as("%s", result).isZero();
      assertThat(neighbour.isRunning()).isTrue();
    }
  }

  @Test
  void noTreeHasControlGroupsOfItsOwn() {
    assertThat(box.exec("cat", "/sys/fs/cgroup/boxlite/cgroup.max.depth").stdout())
        .isEqualTo("1\n");
    assertThat(box.exec("cat", "/proc/sys/user/max_cgroup_namespaces").stdout()).isEqualTo("0\n");
  }

  @Test
  void userNamespacesWork() {
    ExecResult result = box.exec("unshare", "-r", "sh", "-c", "id -u; mount -t tmpfs x /mnt");
    assertThat(result.stdout()).as("%s", result).isEqualTo("0\n");
    ExecResult nested =
        box.exec(
            Command.of(
                    "unshare",
                    "-r",
                    "unshare",
                    "-rmpf",
                    "sh",
                    "-c",
                    "echo $$; mount -t tmpfs x /mnt")
                .user("nobody"));
    assertThat(nested.stdout()).as("%s", nested).isEqualTo("1\n");
    assertThat(nested.exitCode()).as("%s", nested).isZero();
  }

  @Test
  void runtimesFindTheirLimitsWhereTheyLookForThem() {
    String script =
        "grep -c ' - cgroup2 ' /proc/self/mountinfo;"
            + " cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.max";
    ExecResult result = box.exec(Command.of("sh", "-c", script).memoryMib(32));
    assertThat(result.stdout()).as("%s", result).isEqualTo("1\n" + (32 << 20) + "\n");
  }
}
