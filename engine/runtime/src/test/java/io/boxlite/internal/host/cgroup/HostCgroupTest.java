package io.boxlite.internal.host.cgroup;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real cgroups with real processes, where this machine lets this user create them. */
class HostCgroupTest {
  private static final long MEMORY = 32 << 20;

  private final String id = "test-" + UUID.randomUUID();
  private final List<Process> processes = new ArrayList<>();
  private HostCgroups cgroups;
  private List<CgroupParent> parents;
  private @Nullable HostCgroup cgroup;

  @BeforeEach
  void detect() {
    assumeTrue(HostCgroups.detect().isPresent(), HostCgroups.unavailableReason());
    cgroups = HostCgroups.detect().orElseThrow();
    parents = new CgroupDetection().parents();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    if (cgroup != null) {
      cgroup.close();
    }
    assertThat(directories()).isEmpty();
  }

  private List<Path> directories() {
    return parents.stream()
        .map(parent -> parent.directory().resolve("boxlite-" + id))
        .filter(Files::exists)
        .toList();
  }

  private HostCgroup create(CgroupLimits limits) {
    cgroup = cgroups.create(id, limits);
    return cgroup;
  }

  /** Starts a shell that waits for a line before it runs a script. */
  private Process waiting(String script) throws IOException {
    Process process =
        new ProcessBuilder("sh", "-c", "read -r line; " + script).redirectErrorStream(true).start();
    processes.add(process);
    return process;
  }

  private static void proceed(Process process) throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  private Process runInside(HostCgroup inside, String script) throws IOException {
    Process process = waiting(script);
    inside.add(process.pid());
    proceed(process);
    return process;
  }

  @Test
  void memoryIsLimited() throws Exception {
    assumeTrue(cgroups.limitsMemory(), cgroups.description());
    HostCgroup limited = create(CgroupLimits.NONE.withMemoryBytes(MEMORY));
    assertThat(limited.ranOutOfMemory()).isFalse();
    Process process = runInside(limited, "exec tail /dev/zero");
    assertThat(process.waitFor()).isEqualTo(128 + 9);
    assertThat(limited.ranOutOfMemory()).isTrue();
    limited.close();
    assertThat(limited.ranOutOfMemory()).isTrue();
  }

  @Test
  void aKilledProcessIsNotOutOfMemory() throws Exception {
    HostCgroup limited = create(CgroupLimits.NONE.withMemoryBytes(MEMORY));
    Process process = runInside(limited, "exec sleep 60");
    process.destroyForcibly().waitFor();
    limited.close();
    assertThat(limited.ranOutOfMemory()).isFalse();
  }

  @Test
  void processesAreLimited() throws Exception {
    assumeTrue(cgroups.limitsProcesses(), cgroups.description());
    HostCgroup limited = create(CgroupLimits.NONE.withProcesses(4));
    Process process =
        runInside(
            limited, "for i in 1 2 3 4 5 6; do sleep 60 >/dev/null 2>&1 </dev/null & done; exit 0");
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    assertThat(process.waitFor()).isNotZero();
    assertThat(output).containsIgnoringCase("fork");
  }

  @Test
  void processorTimeIsLimited() throws Exception {
    assumeTrue(cgroups.limitsCpu(), cgroups.description());
    HostCgroup limited = create(CgroupLimits.NONE.withCpuQuota(5).withCpuWeight(50));
    assumeTrue(limited.description().endsWith("0.05 processors"), limited.description());
    Process process = runInside(limited, "while :; do :; done");
    Path stat =
        directories().stream()
            .map(directory -> directory.resolve("cpu.stat"))
            .filter(Files::exists)
            .findFirst()
            .orElseThrow();
    long deadline = System.nanoTime() + SECONDS.toNanos(30);
    while (CgroupFile.keyed(stat, "nr_throttled") == 0 && System.nanoTime() < deadline) {
      assertThat(process.waitFor(5, MILLISECONDS)).isFalse();
    }
    assertThat(CgroupFile.keyed(stat, "nr_throttled")).isPositive();
  }

  @Test
  void aShellEntersBeforeItExecutesTheProgram() throws Exception {
    HostCgroup entered = create(CgroupLimits.NONE);
    assumeTrue(!entered.entryFiles().isEmpty(), entered.description());
    List<String> argv =
        new ArrayList<>(
            List.of("sh", "-c", "for file do echo 0 > \"$file\" || exit; done; exec cat", "sh"));
    entered.entryFiles().forEach(file -> argv.add(file.toString()));
    Process process = new ProcessBuilder(argv).start();
    processes.add(process);
    proceed(process);
    assertThat(process.getInputStream().read()).isEqualTo('\n');
    assertThat(directories())
        .hasSameSizeAs(parents)
        .allSatisfy(
            directory ->
                assertThat(directory.resolve("cgroup.procs"))
                    .hasContent(Long.toString(process.pid())));
  }

  @Test
  void childrenAreMovedWithTheirParent() throws Exception {
    HostCgroup joined = create(CgroupLimits.NONE);
    Process process = waiting("exit 0");
    Process parent =
        new ProcessBuilder("sh", "-c", "sleep 60 & echo started; wait")
            .redirectErrorStream(true)
            .start();
    processes.add(parent);
    assertThat(parent.getInputStream().read()).isEqualTo('s');
    ProcessIdentity child =
        ProcessIdentity.of(parent.children().findFirst().orElseThrow().pid()).orElseThrow();
    joined.addLater(parent.pid()).get();
    for (Path directory : directories()) {
      assertThat(Files.readAllLines(directory.resolve("cgroup.procs")))
          .containsExactlyInAnyOrder(Long.toString(parent.pid()), Long.toString(child.pid()))
          .doesNotContain(Long.toString(process.pid()));
    }
    joined.close();
    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void aProcessThatHasEndedIsNotMoved() throws Exception {
    HostCgroup joined = create(CgroupLimits.NONE);
    Process process = waiting("exit 0");
    process.destroyForcibly().waitFor();
    joined.add(process.pid());
  }

  @Test
  void oneBoxHasOneCgroup() {
    create(CgroupLimits.NONE);
    assertThatThrownBy(() -> cgroups.create(id, CgroupLimits.NONE))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("cannot create the cgroup of box " + id)
        .hasMessageContaining("belongs to another running box");
    assertThat(directories()).hasSameSizeAs(parents);
  }

  @Test
  void aSweepRemovesWhatADeadJvmHasLeft() throws IOException {
    for (CgroupParent parent : parents) {
      Files.createDirectory(parent.directory().resolve("boxlite-" + id));
    }
    cgroups.sweep();
    assertThat(directories()).isEmpty();
  }

  @Test
  void aSweepLeavesTheCgroupsOfRunningJvms() {
    create(CgroupLimits.NONE);
    cgroups.sweep();
    assertThat(directories()).hasSameSizeAs(parents);
  }

  @Test
  void aSweepLeavesCgroupsWithProcesses() throws Exception {
    Process process = waiting("exit 0");
    for (CgroupParent parent : parents) {
      Path directory = Files.createDirectory(parent.directory().resolve("boxlite-" + id));
      CgroupFile.write(directory.resolve("cgroup.procs"), Long.toString(process.pid()));
    }
    cgroups.sweep();
    assertThat(directories()).hasSameSizeAs(parents);
    process.destroyForcibly().waitFor();
    create(CgroupLimits.NONE);
  }

  @Test
  void describesTheLimitsInForce() {
    assertThat(create(CgroupLimits.NONE).description()).matches("cgroup v[12]: no limits");
    assertThat(cgroups.description()).matches("cgroup v[12] below /.*");
  }
}
