package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.boxlite.internal.host.cgroup.HostCgroups;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.vm.machine.Confinement;
import io.boxlite.internal.vm.machine.ExitReport;
import io.boxlite.internal.vm.machine.Machine;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.template.Template;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import io.boxlite.internal.vm.template.VmKind;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A program of an attacker runs in QEMU's place, with everything that QEMU has. Each of its attacks
 * succeeds without a jail, so that its failure in the jail means something.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class TakenOverHypervisorIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration START = Duration.ofSeconds(60);
  private static final int DISK_MIB = 64;
  private static final Confinement WITHOUT_FILTER = new Confinement(true, false);

  /** What stops an attack, besides the system call filter. */
  private enum Wall {
    /** The namespaces, the files that are visible, the user, or a limit. */
    JAIL,
    /** Only the filter, if the kernel allows it at all. */
    FILTER
  }

  /** Whether an attack succeeds where nothing stops it. */
  private enum Unhindered {
    ALWAYS,
    /** It depends on the kernel's version and settings. */
    PERHAPS
  }

  /** The attacks, by the names that the program knows them. */
  private enum Attack {
    READ_PASSWD(Wall.JAIL, Unhindered.ALWAYS),
    READ_HOME(Wall.JAIL, Unhindered.ALWAYS),
    READ_BOXES(Wall.JAIL, Unhindered.ALWAYS),
    READ_IMAGE(Wall.JAIL, Unhindered.ALWAYS),
    READ_ENVIRONMENT(Wall.JAIL, Unhindered.PERHAPS),
    READ_RAW_DISK(Wall.JAIL, Unhindered.PERHAPS),
    WRITE_MEMORY(Wall.JAIL, Unhindered.ALWAYS),
    WRITE_DISK(Wall.JAIL, Unhindered.ALWAYS),
    WRITE_ROOT_IMAGE(Wall.JAIL, Unhindered.ALWAYS),
    WRITE_KERNEL(Wall.JAIL, Unhindered.ALWAYS),
    CREATE_FILE(Wall.JAIL, Unhindered.ALWAYS),
    SYMLINK(Wall.JAIL, Unhindered.ALWAYS),
    FILL_DISK(Wall.JAIL, Unhindered.ALWAYS),
    LIST_PROCESSES(Wall.JAIL, Unhindered.ALWAYS),
    SIGNAL(Wall.JAIL, Unhindered.ALWAYS),
    TRACE(Wall.JAIL, Unhindered.PERHAPS),
    READ_MEMORY_OF(Wall.JAIL, Unhindered.PERHAPS),
    IP_SOCKET(Wall.JAIL, Unhindered.ALWAYS),
    ABSTRACT_SOCKET(Wall.JAIL, Unhindered.ALWAYS),
    SHELL(Wall.JAIL, Unhindered.ALWAYS),
    FORK(Wall.FILTER, Unhindered.ALWAYS),
    MOUNT(Wall.FILTER, Unhindered.PERHAPS),
    NAMESPACE(Wall.FILTER, Unhindered.PERHAPS),
    KEYRING(Wall.FILTER, Unhindered.PERHAPS),
    IO_URING(Wall.FILTER, Unhindered.PERHAPS),
    BPF(Wall.FILTER, Unhindered.PERHAPS),
    PERF(Wall.FILTER, Unhindered.PERHAPS),
    USERFAULTFD(Wall.FILTER, Unhindered.PERHAPS);

    final Wall wall;
    final Unhindered unhindered;

    Attack(Wall wall, Unhindered unhindered) {
      this.wall = wall;
      this.unhindered = unhindered;
    }

    String program() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @TempDir static Path directory;
  private TestGuest guest;
  private VmKind kind;
  private Template template;
  private Process victim;
  private ServerSocket service;
  private Path otherImage;
  private int count;

  @BeforeAll
  void prepare() throws Exception {
    guest = TestGuest.open();
    kind = guest.kind(1, 128, DISK_MIB);
    TemplateSpec spec = new TemplateSpec(kind, List.of(), List.of());
    try (Machines machines = new Machines(guest.home(), 0, () -> {})) {
      machines.prepare(spec, START);
    }
    template = new TemplateStore(guest.home(), () -> {}).find(spec).orElseThrow();
    otherImage = Files.writeString(guest.home().rootfs().resolve("other"), "a private image");
    service = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    Path program = directory.resolve("victim");
    compile(program, 0);
    victim = new ProcessBuilder(program.toString()).start();
    assertThat(victim.inputReader().readLine()).isEqualTo("ready");
    compile(directory.resolve("takeover"), victim.pid());
  }

  @AfterAll
  void end() throws Exception {
    victim.destroyForcibly().waitFor();
    service.close();
    Files.delete(otherImage);
    template.close();
    Leftovers.assertNone(guest.home());
  }

  @ParameterizedTest
  @EnumSource
  void succeedsWhereNothingConfinesIt(Attack attack) throws Exception {
    String said = run(attack.program(), Confinement.NONE);
    if (attack.unhindered == Unhindered.PERHAPS) {
      assumeThat(said).as("this kernel allows it").startsWith("did it");
    }
    assertThat(said).startsWith("did it");
  }

  @ParameterizedTest
  @EnumSource
  void failsInTheJail(Attack attack) throws Exception {
    assertThat(run(attack.program(), Confinement.FULL))
        .matches("could not: .*|QEMU was ended by its system call filter.*");
  }

  @ParameterizedTest
  @EnumSource
  void failsInTheJailWithoutASystemCallFilter(Attack attack) throws Exception {
    assumeThat(attack.wall).as("what stops it").isEqualTo(Wall.JAIL);
    assertThat(run(attack.program(), WITHOUT_FILTER)).startsWith("could not: ");
  }

  @Test
  void theRefusedSystemCallIsNamed() throws Exception {
    assertThat(run("trace", Confinement.FULL))
        .startsWith("QEMU was ended by its system call filter (")
        .containsAnyOf("syscall 101 ptrace", "dmesg");
  }

  @Test
  void aProcessThatItLeavesEndsWithTheJail() throws Exception {
    assertThat(run("leave-process", WITHOUT_FILTER)).startsWith("did it");
    assertThat(processes("leave-process")).isEmpty();
    assertThat(run("leave-process", Confinement.NONE)).startsWith("did it");
    List<ProcessHandle> left = processes("leave-process");
    assertThat(left).isNotEmpty();
    left.forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void moreMemoryThanItsMachineMayHaveEndsIt() throws Exception {
    assumeThat(HostCgroups.detect().filter(HostCgroups::limitsMemory)).isPresent();
    assertThat(run("fill-memory", Confinement.FULL))
        .contains("QEMU was killed, because its cgroup ran out of memory");
  }

  /** Runs an attack, and returns what the program reported, or else how it ended. */
  private String run(String attack, Confinement confinement) throws Exception {
    Path program = directory.resolve(attack);
    if (!Files.exists(program)) {
      Files.createLink(program, directory.resolve("takeover"));
    }
    MachineSpec spec = kind.machine();
    MachineSpec confined =
        new MachineSpec(
            spec.rootImage(),
            spec.cpus(),
            spec.memoryMib(),
            spec.diskMib(),
            false,
            false,
            confinement);
    VmKind takenOver = guest.withQemu(kind, new QemuBinary(program, "0"));
    try (Machine machine =
        takenOver
            .hypervisor()
            .stateSaving()
            .orElseThrow()
            .restore(
                guest.directories().create("taken" + count++),
                confined,
                template.directory(),
                () -> {})) {
      Optional<ExitReport> exit = machine.awaitExit(TIMEOUT);
      assertThat(exit).as("the end of %s", attack).isPresent();
      String said = machine.consoleTail();
      return said.isEmpty() ? exit.get().description() : said;
    }
  }

  private static List<ProcessHandle> processes(String program) {
    String path = directory.resolve(program).toString();
    return ProcessHandle.allProcesses()
        .filter(
            process -> process.info().command().orElse("").equals(path) || started(process, path))
        .toList();
  }

  private static boolean started(ProcessHandle process, String path) {
    return process.info().commandLine().orElse("").startsWith(path + " ");
  }

  private void compile(Path program, long victimPid) throws Exception {
    Path source = directory.resolve("takeover.c");
    if (!Files.exists(source)) {
      try (InputStream text = getClass().getResourceAsStream("/programs/takeover.c")) {
        Files.copy(Objects.requireNonNull(text), source);
      }
    }
    Path state = template.directory();
    Path rawDisk =
        Stream.of("/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/mem")
            .map(Path::of)
            .filter(Files::exists)
            .findFirst()
            .orElseThrow();
    HostTool.run(
        "gcc",
        "-static",
        "-O1",
        text("USER_HOME", System.getProperty("user.home")),
        text("BOXES", guest.home().boxes()),
        text("OTHER_IMAGE", otherImage),
        text("MEMORY", state.resolve("memory")),
        text("DISK", state.resolve("scratch.ext4")),
        text("ROOT_IMAGE", guest.rootImage()),
        text("KERNEL", guest.files().kernel(1)),
        text("RAW_DISK", rawDisk),
        text("JVM_ENVIRONMENT", "/proc/" + ProcessHandle.current().pid() + "/environ"),
        "-DVICTIM=" + victimPid,
        "-DPORT=" + service.getLocalPort(),
        "-DDISK_MIB=" + DISK_MIB,
        "-DFILL_MIB=200",
        "-o",
        program,
        source);
  }

  private static String text(String name, Object value) {
    return "-D" + name + "=\"" + value + "\"";
  }
}
