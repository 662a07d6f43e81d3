package io.boxlite.internal.host.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.boxlite.Accelerator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the assembled programs decide, executed by an interpreter. */
class FilterAssemblerTest {
  private static final int X86_64 = 0xc000003e;
  private static final int I386 = 0x40000003;
  private static final int ALLOW = 0x7fff0000;
  private static final int KILL = 0x80000000;
  private static final int ERRNO = 0x00050000;

  private static BpfInterpreter filter(String... lines) {
    return new BpfInterpreter(
        SeccompFilter.of(AllowList.parse("a list", List.of(lines))).program());
  }

  @Test
  void allowsWhatIsListedAndKillsForEverythingElse() {
    BpfInterpreter filter = filter("read # a reason", "getpid # a reason");
    assertThat(filter.run(X86_64, 0)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 39)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 1)).isEqualTo(KILL);
    assertThat(filter.run(X86_64, 10_000)).isEqualTo(KILL);
    assertThat(filter.run(X86_64, -1)).isEqualTo(KILL);
  }

  @Test
  void killsForOtherArchitecturesAndForX32() {
    BpfInterpreter filter = filter("read # a reason");
    assertThat(filter.run(I386, 0)).isEqualTo(KILL);
    assertThat(filter.run(X86_64, 0x40000000)).isEqualTo(KILL);
  }

  @Test
  void comparesTheLowHalfOfArguments() {
    BpfInterpreter filter = filter("socket arg0 == 1 # a reason");
    assertThat(filter.run(X86_64, 41, 1)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 41, 0x7_0000_0001L)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 41, 2)).isEqualTo(KILL);
    assertThat(filter.run(X86_64, 41, 0x1_0000_0000L)).isEqualTo(KILL);
  }

  @Test
  void comparesAllBitsOfUnsignedNumbers() {
    BpfInterpreter filter = filter("wait4 arg0 == 0xffffffff # a reason");
    assertThat(filter.run(X86_64, 61, -1)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 61, 0xffffffffL)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 61, 0x7fffffff)).isEqualTo(KILL);
  }

  @Test
  void comparesMaskedBitsOnly() {
    BpfInterpreter filter = filter("openat arg2 & 0x400040 == 0 # a reason");
    assertThat(filter.run(X86_64, 257, 0, 0, 2)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 257, 0x40, 0x40, 0, 0x40)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 257, 0, 0, 0x42)).isEqualTo(KILL);
    assertThat(filter.run(X86_64, 257, 0, 0, 0x410002)).isEqualTo(KILL);
  }

  @Test
  void takesTheFirstAlternativeThatApplies() {
    BpfInterpreter filter =
        filter(
            "fcntl arg1 == 3 # a reason",
            "read # another call in between",
            "fcntl arg1 & 0xf == 4 and arg2 != 5 # a reason",
            "fcntl arg1 == 9 -> EPERM # a reason",
            "fcntl -> EINVAL # a reason");
    assertThat(filter.run(X86_64, 72, 0, 3)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 72, 0, 0x14, 6)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 72, 0, 0x14, 5)).isEqualTo(ERRNO | 22);
    assertThat(filter.run(X86_64, 72, 0, 9)).isEqualTo(ERRNO | 1);
    assertThat(filter.run(X86_64, 72, 0, 10)).isEqualTo(ERRNO | 22);
    assertThat(filter.run(X86_64, 0)).isEqualTo(ALLOW);
    assertThat(filter.run(X86_64, 1)).isEqualTo(KILL);
  }

  @Test
  void rejectsMoreAlternativesThanCanBeJumpedOver() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> filter(Collections.nCopies(90, "fcntl arg1 == 3 # x").toArray(String[]::new)))
        .withMessage(
            "the lines of a system call take 271 instructions, of which at most 255 can be jumped"
                + " over; list fewer alternatives");
  }

  @ParameterizedTest
  @EnumSource(
      value = Accelerator.class,
      names = {"TCG", "KVM"})
  void qemuMayNotMakeProcessesOrFilesOrReachOthers(Accelerator accelerator) {
    BpfInterpreter filter = new BpfInterpreter(SeccompFilter.forAccelerator(accelerator).program());
    Set<String> notKilled = new TreeSet<>();
    for (String name : FORBIDDEN) {
      int number = SystemCalls.x8664().number(name).orElseThrow();
      if (filter.run(X86_64, number) != KILL) {
        notKilled.add(name);
      }
    }
    assertThat(notKilled).isEmpty();
  }

  private static final List<String> FORBIDDEN =
      List.of(
          ("fork vfork execveat kill tkill pidfd_open pidfd_getfd pidfd_send_signal ptrace"
                  + " process_vm_readv process_vm_writev process_madvise kcmp unshare setns mount"
                  + " umount2 move_mount open_tree fsopen fsmount pivot_root chroot open creat openat2"
                  + " open_by_handle_at name_to_handle_at mknod mknodat mkdir mkdirat rename renameat"
                  + " renameat2 link linkat symlink symlinkat unlink unlinkat rmdir truncate chmod"
                  + " fchmod fchmodat fchmodat2 chown fchown lchown fchownat setxattr fsetxattr utimensat"
                  + " keyctl add_key request_key bpf perf_event_open userfaultfd io_uring_enter"
                  + " io_uring_register io_setup init_module finit_module delete_module kexec_load"
                  + " kexec_file_load reboot swapon swapoff acct quotactl iopl ioperm modify_ldt bind"
                  + " listen accept accept4 socketpair recvfrom sendto shmget msgget semget mq_open"
                  + " personality setuid setgid setresuid setresgid setgroups capset sethostname"
                  + " settimeofday clock_settime adjtimex syslog inotify_init1 fanotify_init"
                  + " sched_setscheduler setpriority timer_create memfd_secret mlock mlockall"
                  + " move_pages migrate_pages mbind splice tee vmsplice")
              .split(" "));

  @Test
  void qemuMayOnlyMakeThreads() {
    assertDecision("clone", ALLOW, 0x3d0f00);
    assertDecision("clone", KILL, 17); // fork
    assertDecision("clone", KILL, 0x4111); // vfork
    assertDecision("clone", KILL, 0x3d0f00 | 0x20000); // a thread in a new mount namespace
    assertDecision("clone3", ERRNO | 38);
  }

  @Test
  void qemuMayOnlyOpenFilesThatExist() {
    assertDecision("openat", ALLOW, -100, 0, 2);
    assertDecision("openat", KILL, -100, 0, 0x42);
    assertDecision("openat", KILL, -100, 0, 0x410002);
  }

  @Test
  void qemuMayOnlyUseSocketsOfThisMachine() {
    assertDecision("socket", ALLOW, 1, 1);
    for (int family : new int[] {0, 2, 10, 16, 17, 38, 40}) {
      assertDecision("socket", KILL, family, 1);
    }
  }

  @Test
  void qemuMayNotInjectHardwareErrors() {
    assertDecision("madvise", ALLOW, 0, 4096, 4);
    assertDecision("madvise", ERRNO | 22, 0, 4096, 100);
  }

  @ParameterizedTest
  @ValueSource(longs = {0x5412, 0x541c, 0x8933, 0xc0045877L})
  void qemuMayNotControlTerminalsAndDevices(long request) {
    assertDecision("ioctl", KILL, 0, request);
  }

  @Test
  void onlyWithKvmQemuMayControlKvm() {
    long run = 0xae80;
    long setUserMemoryRegion = 0x4020ae46;
    BpfInterpreter kvm =
        new BpfInterpreter(SeccompFilter.forAccelerator(Accelerator.KVM).program());
    assertThat(kvm.run(X86_64, 16, 9, run)).isEqualTo(ALLOW);
    assertThat(kvm.run(X86_64, 16, 9, setUserMemoryRegion)).isEqualTo(ALLOW);
    assertThat(kvm.run(X86_64, 16, 0, 0x5401)).isEqualTo(ALLOW);
    assertThat(kvm.run(X86_64, 16, 0, 0x5412)).isEqualTo(KILL);
    assertDecision("ioctl", KILL, 9, run);
  }

  @Test
  void theAcceleratorMustBeResolved() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SeccompFilter.forAccelerator(Accelerator.AUTO))
        .withMessage("accelerator is AUTO; resolve it to KVM or TCG first");
  }

  private static void assertDecision(String call, int action, long... arguments) {
    int number = SystemCalls.x8664().number(call).orElseThrow();
    List<Long> shown = new ArrayList<>();
    for (long each : arguments) {
      shown.add(each);
    }
    assertThat(
            new BpfInterpreter(SeccompFilter.forAccelerator(Accelerator.TCG).program())
                .run(X86_64, number, arguments))
        .as("%s %s", call, shown)
        .isEqualTo(action);
  }
}
