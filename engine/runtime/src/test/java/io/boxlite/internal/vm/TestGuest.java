package io.boxlite.internal.vm;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.Accelerator;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.GuestExit;
import io.boxlite.internal.guest.proto.EnvironmentVariable;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.host.GuestFiles;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.hypervisor.AcceleratorChoice;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import io.boxlite.internal.image.ImageStore;
import io.boxlite.internal.vm.machine.BoxDirectories;
import io.boxlite.internal.vm.machine.Confinement;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.qemu.QemuHypervisor;
import io.boxlite.internal.vm.qemu.TemplateMemories;
import io.boxlite.internal.vm.template.VmKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The guest that comes with the engine, and what tests need to boot it. */
record TestGuest(Home home, GuestFiles files, Path rootImage) {
  private static final TemplateMemories MEMORIES = new TemplateMemories();
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Duration WALL_TIME = Duration.ofSeconds(60);

  /** Opens the home directory of the tests. */
  static TestGuest open() {
    return open(Path.of(System.getProperty("boxlite.home", "target/home")));
  }

  static TestGuest open(Path root) {
    Home home = Home.open(root);
    return new TestGuest(
        home, GuestFiles.extract(home), ImageStore.open(home.root()).builtInRootImage().file());
  }

  /** The same guest with its boxes in another home directory. */
  TestGuest withHome(Path root) {
    return new TestGuest(Home.open(root), files, rootImage);
  }

  BoxDirectories directories() {
    return new BoxDirectories(home);
  }

  Vm boot() {
    return boot(spec());
  }

  Vm boot(VmSpec spec) {
    return Vm.boot(directories(), spec);
  }

  /** A machine with the defaults of a box. */
  VmSpec spec() {
    return spec(files.kernel(1), files.initramfs(), Duration.ofSeconds(60));
  }

  VmSpec spec(int cpus, int memoryMib, int diskMib) {
    return spec(kind(cpus, memoryMib, diskMib), Duration.ofSeconds(60));
  }

  VmSpec spec(Path kernel, Path initramfs, Duration startTimeout) {
    return spec(kernel, initramfs, 1, startTimeout);
  }

  VmSpec spec(Path kernel, Path initramfs, int cpus, Duration startTimeout) {
    return spec(kind(kernel, initramfs, cpus, 512, 1024), startTimeout);
  }

  private static VmSpec spec(VmKind kind, Duration startTimeout) {
    return new VmSpec(id(), "guest", kind, startTimeout);
  }

  VmKind kind(int cpus, int memoryMib, int diskMib) {
    return kind(files.kernel(cpus), files.initramfs(), cpus, memoryMib, diskMib);
  }

  private VmKind kind(Path kernel, Path initramfs, int cpus, int memoryMib, int diskMib) {
    return new VmKind(
        new QemuHypervisor(
            qemu(), accelerator(), any -> kernel, initramfs, files.scratch(), MEMORIES),
        new MachineSpec(
            rootImage,
            cpus,
            memoryMib,
            diskMib,
            accelerator() == Accelerator.KVM,
            false,
            Confinement.FULL));
  }

  /**
   * The same machine with another QEMU, and nothing that confines it: a script in QEMU's place
   * needs more than QEMU.
   */
  VmKind withQemu(VmKind kind, QemuBinary qemu) {
    return withQemu(kind, qemu, files.kernel(kind.machine().cpus()));
  }

  VmKind withQemu(VmKind kind, QemuBinary qemu, Path kernel) {
    return new VmKind(
        new QemuHypervisor(
            qemu, accelerator(), any -> kernel, files.initramfs(), files.scratch(), MEMORIES),
        unconfined(kind.machine()));
  }

  private static MachineSpec unconfined(MachineSpec spec) {
    return new MachineSpec(
        spec.rootImage(),
        spec.cpus(),
        spec.memoryMib(),
        spec.diskMib(),
        spec.addressRandomization(),
        spec.networkCard(),
        Confinement.NONE);
  }

  static QemuBinary qemu() {
    return QemuBinary.find(Optional.empty());
  }

  static Accelerator accelerator() {
    return AcceleratorChoice.of(Accelerator.AUTO).accelerator();
  }

  private static String id() {
    return "test" + COUNT.incrementAndGet();
  }

  /** Starts a shell's command line in the guest. */
  static GuestExec start(AgentClient agent, String script) {
    return start(agent, script, WALL_TIME);
  }

  static GuestExec start(AgentClient agent, String script, Duration wallTime) {
    GuestExec exec =
        agent.exec(
            ExecStart.newBuilder()
                .addAllArgv(List.of("/bin/sh", "-c", script))
                .addEnvironment(
                    EnvironmentVariable.newBuilder().setName("PATH").setValue("/bin:/sbin"))
                .setWallTimeNanos(wallTime.toNanos())
                .setMaxOutputBytes(1 << 20)
                .build());
    exec.stdout().keep(Long.MAX_VALUE);
    exec.stderr().keep(Long.MAX_VALUE);
    return exec;
  }

  /** Runs a shell's command line in the guest and returns what it wrote. */
  static String run(Vm vm, String script) throws Exception {
    try (GuestExec exec = start(vm.agent(), script)) {
      GuestExit exit = exec.onEnd().get(2 * WALL_TIME.toSeconds(), TimeUnit.SECONDS);
      return new String(exec.stdout().takeAll(), UTF_8)
          + new String(exec.stderr().takeAll(), UTF_8)
          + (exit.exitCode() == 0 ? "" : "exit code " + exit.exitCode());
    }
  }
}
