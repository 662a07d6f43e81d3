package io.boxlite.internal.host.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
  @TempDir Path root;

  @BeforeEach
  void machineOf16GibWith8Free() throws IOException {
    write("proc/meminfo", "MemTotal:  16777216 kB\nMemFree: 1 kB\nMemAvailable: 8388608 kB\n");
  }

  @Test
  void withoutControlGroupsItIsTheMachines() {
    assertThat(HostMemory.under(root)).isEqualTo(new HostMemory(16L << 30, 8L << 30));
  }

  @Test
  void theTightestOfAllGroupsAboveCounts() throws IOException {
    write("proc/self/cgroup", "0::/user.slice/session\n");
    write(
        "proc/self/mountinfo",
        "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
    write("sys/fs/cgroup/user.slice/session/memory.max", "max\n");
    write("sys/fs/cgroup/user.slice/memory.max", "4294967296\n");
    write("sys/fs/cgroup/user.slice/memory.current", "3221225472\n");
    write("sys/fs/cgroup/user.slice/memory.stat", "anon 7\ninactive_file 1073741824\n");
    assertThat(HostMemory.under(root)).isEqualTo(new HostMemory(4L << 30, 2L << 30));
    assertThat(HostMemory.under(root).totalMib()).isEqualTo(4096);
  }

  @Test
  void aContainersGroupIsTheRootOfItsMount() throws IOException {
    write("proc/self/cgroup", "4:cpu,memory:/docker/abc\n0::/\n");
    write(
        "proc/self/mountinfo",
        """
        31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
        35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
        41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
        """);
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1073741824\n");
    write("sys/fs/cgroup/memory/memory.stat", "inactive_file 5\ntotal_inactive_file 1048576\n");
    assertThat(HostMemory.under(root)).isEqualTo(new HostMemory(2L << 30, (1L << 30) + (1 << 20)));
  }

  @Test
  void aGroupWithoutALimitChangesNothing() throws IOException {
    write("proc/self/cgroup", "4:memory:/elsewhere\n");
    write(
        "proc/self/mountinfo",
        "35 31 0:32 / /sys/fs/cgroup/memory rw shared:2 master:1 - cgroup cgroup rw,memory\n");
    write("sys/fs/cgroup/memory/elsewhere/memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(HostMemory.under(root)).isEqualTo(new HostMemory(16L << 30, 8L << 30));
  }

  @Test
  void thisMachineHasSome() {
    HostMemory memory = HostMemory.now();
    assertThat(memory.totalMib()).isGreaterThan(256);
    assertThat(memory.availableBytes()).isBetween(1L, memory.totalBytes());
  }

  private void write(String file, String content) throws IOException {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), content);
  }
}
