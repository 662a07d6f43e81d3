package io.boxlite.internal.host.seccomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.boxlite.Accelerator;
import io.boxlite.internal.host.KernelLog;
import io.boxlite.internal.image.HostTool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The filter in the kernel: programs that bwrap runs under it. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class SeccompFilterTest {
  /** Of bwrap, for a program that was ended by signal 31, SIGSYS. */
  private static final int ENDED_BY_SIGSYS = 128 + 31;

  private static final long INITIAL_PID_NAMESPACE = 4026531836L; // linux/proc_ns.h

  @TempDir private static Path directory;
  private Path filter;

  private record Ended(int exitCode, List<String> output) {}

  @BeforeAll
  void compile() throws IOException {
    Path source = directory.resolve("syscall.c");
    try (InputStream text = getClass().getResourceAsStream("/programs/syscall.c")) {
      Files.copy(Objects.requireNonNull(text), source);
    }
    HostTool.run("gcc", "-static", "-O1", "-o", directory.resolve("syscall"), source);
    filter = directory.resolve("filter");
    Files.write(filter, SeccompFilter.forAccelerator(Accelerator.TCG).program());
  }

  /** Runs the program under the filter, which bwrap reads from its standard input. */
  private Ended call(String name, String arguments, String... bwrapOptions)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bwrap", "--dev-bind", "/", "/"));
    command.addAll(List.of(bwrapOptions));
    command.addAll(List.of("--seccomp", "0", directory.resolve("syscall").toString()));
    command.add(Integer.toString(SystemCalls.x8664().number(name).orElseThrow()));
    if (!arguments.isEmpty()) {
      command.addAll(List.of(arguments.split(" ")));
    }
    Path output = Files.createTempFile(directory, "output", "");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(filter.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("%s ends", command).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ended(process.exitValue(), Files.readString(output, UTF_8).lines().toList());
  }

  @ParameterizedTest
  @CsvSource({
    "fork,",
    "vfork,",
    "clone, 17",
    "clone, 0x10000",
    "execveat, -100",
    "kill, 0 0",
    "ptrace,",
    "process_vm_readv,",
    "process_vm_writev,",
    "pidfd_open, 1",
    "unshare, 0x10000000",
    "setns,",
    "mount,",
    "umount2,",
    "pivot_root,",
    "chroot,",
    "open,",
    "creat,",
    "openat, -100 0 0x40",
    "openat, -100 0 0x410001",
    "openat2,",
    "open_by_handle_at,",
    "mknod,",
    "mknodat,",
    "mkdir,",
    "rename,",
    "renameat2,",
    "link,",
    "symlink,",
    "unlink,",
    "unlinkat,",
    "chmod,",
    "fchmod,",
    "chown,",
    "fchown,",
    "setxattr,",
    "keyctl,",
    "add_key,",
    "bpf,",
    "perf_event_open,",
    "userfaultfd,",
    "io_uring_enter,",
    "io_uring_register,",
    "init_module,",
    "kexec_load,",
    "socket, 2 1",
    "socket, 10 1",
    "socket, 16 3",
    "socket, 40 1",
    "bind,",
    "listen,",
    "accept4,",
    "ioctl, 0 0x5412",
    "ioctl, 0 0xae80",
    "fcntl, 0 8",
    "prctl, 4 1",
    "prctl, 22 1",
    "fallocate, 0 0x20",
    "futex, 0 6",
    "prlimit64, 1",
    "setuid,",
    "capset,",
    "personality,"
  })
  void endsTheProgramAtForbiddenCall(String name, String arguments) throws Exception {
    Ended ended = call(name, arguments == null ? "" : arguments, "--unshare-pid", "--as-pid-1");
    assertThat(ended.exitCode()).as("%s", ended.output()).isEqualTo(ENDED_BY_SIGSYS);
    assertThat(ended.output()).as("got as far as the call").hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "getpid, '', 0",
    "socket, 1 1, 0",
    "socket, 0xf00000001 1, 0", // the kernel ignores the high half of an int
    "openat, -100 0 2, 14", // EFAULT, of the kernel: the name is at address 0
    "ioctl, 1 0x5401, 25", // ENOTTY: the output is a file
    "madvise, 0 0 4, 0",
    "madvise, 0 0 100, 22",
    "clone3, '', 38",
    "io_uring_setup, '', 38",
    "arch_prctl, 0x1001, 22"
  })
  void letsTheProgramMakeOtherCalls(String name, String arguments, int error) throws Exception {
    Ended ended = call(name, arguments, "--unshare-pid", "--as-pid-1");
    assertThat(ended.exitCode()).as("%s", ended.output()).isZero();
    assertThat(ended.output()).hasSize(2).last().isEqualTo(Integer.toString(error));
  }

  @Test
  void theKernelsLogNamesTheCall() throws Exception {
    assumeThat(KernelLog.read()).as("the kernel's log, which not every user may read").isPresent();
    assumeThat(Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString())
        .as("the PID namespace, of which the log has the numbers")
        .isEqualTo("pid:[" + INITIAL_PID_NAMESPACE + "]");
    assumeThat(Files.readString(Path.of("/proc/sys/kernel/seccomp/actions_logged")))
        .as("what is logged")
        .contains("kill_process");
    Instant started = Instant.now();
    Ended ended = call("ptrace", "");
    assertThat(ended.exitCode()).isEqualTo(ENDED_BY_SIGSYS);
    long pid = Long.parseLong(ended.output().get(0));
    assertThat(SeccompViolation.find(pid, started)).hasValue("syscall 101 ptrace");
    assertThat(SeccompViolation.find(ProcessHandle.current().pid(), started)).isEmpty();
  }
}
