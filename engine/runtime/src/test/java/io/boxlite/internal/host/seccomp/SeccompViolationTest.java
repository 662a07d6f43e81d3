package io.boxlite.internal.host.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How the kernel's records are read. */
class SeccompViolationTest {
  private static final Instant STARTED = Instant.ofEpochSecond(1_700_000_000);

  private static String record(long seconds, long pid, String arch, int call) {
    return ("<5>[  584.844550] audit: type=1326 audit(%d.849:2): auid=4294967295 uid=0 gid=0"
            + " ses=4294967295 pid=%d comm=\"qemu-system-x86\" exe=\"/usr/bin/qemu-system-x86_64\""
            + " sig=31 arch=%s syscall=%d compat=0 ip=0x7f6a1146234a code=0x80000000")
        .formatted(seconds, pid, arch, call);
  }

  private static Optional<String> find(String... log) {
    return SeccompViolation.find(List.of(log), 77, STARTED);
  }

  @Test
  void namesTheCallOfTheProcess() {
    assertThat(
            find(
                "<6>[    1.0] Linux version 6.1 pid=77 type=1326",
                record(1_700_000_001, 7, "c000003e", 1),
                record(1_700_000_001, 77, "c000003e", 101),
                record(1_700_000_001, 777, "c000003e", 2)))
        .hasValue("syscall 101 ptrace");
  }

  @Test
  void ignoresAnOlderProcessOfTheSameNumber() {
    assertThat(find(record(1_699_999_000, 77, "c000003e", 101))).isEmpty();
    assertThat(
            find(
                record(1_700_000_001, 77, "c000003e", 101),
                record(1_700_000_002, 77, "c000003e", 59)))
        .hasValue("syscall 59 execve");
  }

  @Test
  void describesCallsWithoutName() {
    assertThat(find(record(1_700_000_001, 77, "c000003e", 9999))).hasValue("syscall 9999");
    assertThat(find(record(1_700_000_001, 77, "c000003e", 0x40000000)))
        .hasValue("syscall 0 of the x32 ABI");
    assertThat(find(record(1_700_000_001, 77, "40000003", 5)))
        .hasValue("syscall 5 of architecture 0x40000003");
  }

  @Test
  void readsNumbersOfAnyLength() {
    String huge = "9".repeat(40);
    assertThat(find("type=1326 audit(" + huge + ".1:1): pid=77 arch=c000003e syscall=1 "))
        .isEmpty();
    assertThat(find("type=1326 audit(1.1:1): pid=" + huge + " arch=c000003e syscall=1 ")).isEmpty();
  }
}
