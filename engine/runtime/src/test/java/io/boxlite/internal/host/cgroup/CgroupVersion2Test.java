package io.boxlite.internal.host.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control files of version 2, in an ordinary directory. */
class CgroupVersion2Test {
  private static final List<String> FILES =
      List.of(
          "cgroup.procs",
          "memory.max",
          "memory.swap.max",
          "memory.oom.group",
          "memory.events",
          "pids.max",
          "cpu.max",
          "cpu.weight");

  @TempDir Path top;

  private Path directory;
  private HostCgroup cgroup;

  @BeforeEach
  void createCgroup() throws IOException {
    directory = Files.createDirectory(top.resolve("boxlite-b1"));
    for (String file : FILES) {
      Files.createFile(directory.resolve(file));
    }
    CgroupParent parent = new CgroupParent(2, top, EnumSet.allOf(CgroupController.class));
    cgroup =
        new HostCgroups(List.of(parent)).create("b1", new CgroupLimits(768L << 20, 96, 150, 50));
  }

  @AfterEach
  void removeCgroup() throws IOException {
    for (String file : FILES) {
      Files.deleteIfExists(directory.resolve(file));
    }
    cgroup.close();
    assertThat(directory).doesNotExist();
  }

  @Test
  void writesTheLimits() {
    assertThat(directory.resolve("memory.max")).hasContent("805306368");
    assertThat(directory.resolve("memory.swap.max")).hasContent("0");
    assertThat(directory.resolve("memory.oom.group")).hasContent("1");
    assertThat(directory.resolve("pids.max")).hasContent("96");
    assertThat(directory.resolve("cpu.max")).hasContent("150000 100000");
    assertThat(directory.resolve("cpu.weight")).hasContent("50");
    assertThat(cgroup.description())
        .isEqualTo("cgroup v2: memory 768 MiB, 96 processes, 1.5 processors");
  }

  @Test
  void movesProcessesFromOutside() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    try {
      assertThat(cgroup.entryFiles()).isEmpty();
      cgroup.addLater(process.pid()).get();
      assertThat(directory.resolve("cgroup.procs")).hasContent(Long.toString(process.pid()));
    } finally {
      process.destroyForcibly().waitFor();
      Files.writeString(directory.resolve("cgroup.procs"), "");
    }
  }

  @Test
  void onlyItsOwnLimitCountsAsOutOfMemory() throws IOException {
    Files.writeString(directory.resolve("memory.events"), "max 3\noom 0\noom_kill 1\n");
    assertThat(cgroup.ranOutOfMemory()).isFalse();
    Files.writeString(directory.resolve("memory.events"), "max 3\noom 1\noom_kill 1\n");
    assertThat(cgroup.ranOutOfMemory()).isTrue();
  }
}
